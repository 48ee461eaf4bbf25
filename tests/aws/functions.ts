import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildFunctions } from '../../tools/build/build.js';

type FunctionName = 'email' | 'sms' | 'retry';

const DRIVER = `
  const { handler } = await import(process.argv[1]);
  const results = await Promise.all(JSON.parse(process.argv[2]).map((event) => handler(event, { awsRequestId: 'a' })));
  console.log('\\nresults ' + JSON.stringify(results));
`;

/** The functions as they are deployed, built into a folder of their own. */
export async function builtFunctions() {
  const folder = await mkdtemp(join(tmpdir(), 'otp-relay-aws-'));
  await buildFunctions({ outdir: join(folder, 'handlers') });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return {
    /** Hands events to a new sandbox, all of them at once; returns its results. */
    invoke: async <T>(
      name: FunctionName,
      events: readonly unknown[],
      environment: Readonly<Record<string, string>>,
    ): Promise<T[]> => {
      const handler = pathToFileURL(join(folder, 'handlers', `${name}.js`)).href;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', DRIVER, handler, JSON.stringify(events)],
        { env: environment },
      );
      const [, results = '[]'] = /^results (.*)$/m.exec(stdout) ?? [];
      return JSON.parse(results) as T[];
    },
    close: () => rm(folder, { recursive: true }),
  };
}
