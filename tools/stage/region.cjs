'use strict';

const { loadSharedConfigFiles } = require('@smithy/core/config');

/**
 * The region and the profile as AWS's own tools find them. serverless.yml and the operator's commands both ask here,
 * so that no two of them work in different regions.
 */
exports.findRegion = async (options, environment) => {
  const hasKeys = environment.AWS_ACCESS_KEY_ID && environment.AWS_SECRET_ACCESS_KEY;
  const named = options.profile || environment.AWS_PROFILE;
  const preferred = named || environment.AWS_DEFAULT_PROFILE;
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const sections = [credentialsFile, configFile].flatMap((file) => file[preferred || 'default'] ?? []);
  const region =
    options.region ||
    environment.AWS_REGION ||
    environment.AWS_DEFAULT_REGION ||
    sections.find((section) => section.region)?.region;
  // Keys in the environment win over AWS_DEFAULT_PROFILE, but not over a profile that is asked for.
  const profile = hasKeys ? named : preferred;
  return {
    ...(region && { region }),
    ...(profile && { profile }),
    isUnknownProfile: Boolean(profile) && sections.length === 0,
  };
};

exports.NO_REGION =
  'No AWS region is set. Say --region eu-west-1, or set AWS_REGION, or give your profile one: aws configure set region eu-west-1';
