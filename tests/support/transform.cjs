const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { transformSync, version } = require('esbuild');

const own = readFileSync(module.filename);

/** Jest's transform of a TypeScript source to an ES module that the oldest Node.js of package.json can run. */
module.exports = {
  process: (source, path) =>
    transformSync(source, { loader: 'ts', sourcefile: path, sourcemap: 'inline', target: 'node20' }),
  getCacheKey: (source, path, { configString, instrument }) =>
    [own, version, source, path, configString, String(instrument)]
      .reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256'))
      .digest('hex'),
};
