const { default: Sequencer } = require('@jest/test-sequencer');

/** Runs the tests of `lib/` first, and otherwise those that failed or took long the last time. */
module.exports = class extends Sequencer {
  sort(tests) {
    const isLibrary = ({ path }) => /[\\/]tests[\\/]lib[\\/]/.test(path);
    return super.sort(tests).sort((a, b) => isLibrary(b) - isLibrary(a));
  }
};
