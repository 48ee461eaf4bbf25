import type { MetadataJson } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/mobile/metadata';

/**
 * The plans of mobile numbers by which to judge a number in E.164. Here they are those of all countries; in a bundle,
 * `tools/build` keeps those of the stage's countries, and others are read from a file when a number needs them.
 */
export const plansFor: (number: string) => MetadataJson = () => metadata;
