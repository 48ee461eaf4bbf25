// What is deployed runs on a newer Node.js than the oldest that the tests must pass on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Jest runs the TypeScript sources as native ES modules, the form in which they are bundled and deployed. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  maxWorkers: 2,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': '<rootDir>/tests/support/transform.cjs' },
  // The library's tests, which take seconds, before the rest.
  testSequencer: '<rootDir>/tests/support/sequencer.cjs',
  testTimeout: 20_000,
};
