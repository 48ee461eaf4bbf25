import base from '../../jest.config.js';

/** The tests of `lib/`, without those that measure, or send everything over sockets and are slow for what they add. */
export default {
  ...base,
  rootDir: process.cwd(),
  roots: ['lib', 'handlers', 'tools', 'tests'].map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/tests/lib/**/*.test.ts'],
  testPathIgnorePatterns: [
    '-cost',
    'tests/lib/(aws|email|net|sms)/',
    'tests/lib/relay/(canary|failure-table|properties|start)',
  ],
};
