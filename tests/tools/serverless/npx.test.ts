import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeServer, listen } from '../../../tools/http.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs `npx serverless` in a checkout without `node_modules`, beside a registry that has another program of that name. */
async function npxWithoutModules(): Promise<{ code: unknown; printed: string; fetched: string[] }> {
  const checkout = await mkdtemp(join(tmpdir(), 'otp-relay-npx-'));
  const fetched: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    fetched.push(url);
    const dist = { tarball: `http://127.0.0.1:${port}/other.tgz`, shasum: '0'.repeat(40) };
    const version = { name: 'serverless', version: '4.99.0', bin: { serverless: 'other.js' }, dist };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        name: 'serverless',
        'dist-tags': { latest: '4.99.0' },
        versions: { '4.99.0': version },
      }),
    );
  });
  const port: number = await listen(server, 0);
  try {
    await Promise.all(['package.json', '.npmrc'].map((file) => cp(join(root, file), join(checkout, file))));
    const env = {
      PATH: process.env['PATH'],
      HOME: checkout,
      npm_config_cache: join(checkout, 'cache'),
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_update_notifier: 'false',
    };
    return await new Promise((resolve) => {
      execFile('npx', ['serverless', '--version'], { cwd: checkout, env }, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, printed: stdout + stderr, fetched });
      });
    });
  } finally {
    await closeServer(server);
    await rm(checkout, { recursive: true });
  }
}

test('without node_modules npx runs no other program of the same name, and says what is missing', async () => {
  const { code, printed, fetched } = await npxWithoutModules();
  expect(printed).toContain('npx canceled due to missing packages');
  expect(code).toBe(1);
  expect(fetched.filter((url) => url.endsWith('.tgz'))).toEqual([]);
}, 60_000);
