'use strict';

const { domainToASCII } = require('node:url');

/**
 * What a stage's settings use of the stack; what they do not use is not deployed.
 *
 * A provider, sender or configuration set that is an `ssm:` reference is not known when the template is written: every
 * one is taken as used then.
 */
exports.stageUse = (settings) => {
  const hasEmail = valuesOf(settings, 'EMAIL_FROM').length > 0;
  const hasSms = valuesOf(settings, 'SMS_ALLOWED_COUNTRIES').length > 0;
  // Faulty settings are named elsewhere; the template is whole meanwhile.
  const isFaulty = !hasEmail && !hasSms;
  const uses = (setting, byDefault) => {
    const named = valuesOf({ [setting]: byDefault, ...settings }, setting);
    const providers = named.flatMap((route) =>
      // `US=eum` is a provider for one country.
      route.split(',').map((name) => name.replace(/^.*=/, '').trim()),
    );
    return (provider) => providers.includes(provider) || providers.includes('*');
  };
  const email = hasEmail || isFaulty;
  const sms = hasSms || isFaulty;
  return {
    email,
    sms,
    channels: [...(email ? ['email'] : []), ...(sms ? ['sms'] : [])],
    ses: email && uses('EMAIL_PROVIDER', 'ses')('ses'),
    sns: sms && uses('SMS_PROVIDER', 'sns')('sns'),
    eum: sms && uses('SMS_PROVIDER', 'sns')('eum'),
    notify: sms && uses('SMS_PROVIDER', 'sns')('notify'),
    senders: valuesOf(settings, 'EMAIL_FROM').map(asSent),
    regions: valuesOf({ SES_REGION: '${AWS::Region}', ...settings }, 'SES_REGION'),
    configurationSets: valuesOf(settings, 'SES_CONFIGURATION_SET'),
  };
};

/** {@link stageUse} for the files of `resources/`, which osls calls with its own resolver. */
exports.resolveUse = async (resolveVariable) =>
  exports.stageUse({
    ...(await resolveVariable('self:provider.environment')),
    ...(await resolveVariable('file(settings/${sls:stage}.yml), null')),
  });

/** A setting's values: of the default app, and of the apps that override it by a suffix. */
function valuesOf(settings, name) {
  const found = Object.entries(settings)
    .filter(([key, value]) => (key === name || key.startsWith(`${name}__`)) && value != null && value !== '')
    .map(([, value]) => (String(value).startsWith('ssm:') ? '*' : String(value).trim()));
  return [...new Set(found)];
}

/** As lib/ownid/email-address.ts has it, in which form SES compares it with the policy. */
function asSent(address) {
  if (address === '*') return '*';
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}
