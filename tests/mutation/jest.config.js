import base from '../../jest.config.js';

/** The tests of `lib/`, without those that measure, or are slow for what they add because they send all over sockets. */
export default {
  ...base,
  rootDir: process.cwd(),
  roots: ['lib', 'handlers', 'tools', 'tests'].map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/tests/lib/**/*.test.ts'],
  testPathIgnorePatterns: [
    '-cost',
    'tests/lib/(aws|email|net|sms)/',
    'tests/lib/relay/(canary|failure-table|properties|start|webhook-headers)',
  ],
};
