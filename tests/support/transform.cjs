const { transformSync } = require('esbuild');

/** Jest's transform of a TypeScript source to an ES module; what is not of this release of Node.js is left alone. */
module.exports = {
  process: (source, path) =>
    transformSync(source, { loader: 'ts', sourcefile: path, sourcemap: 'inline', target: 'node20' }),
};
