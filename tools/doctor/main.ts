import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../lib/settings/settings.js';
import { readOptions, regionOf, runCommand } from '../command.js';
import { createStageContext } from '../stage/context.js';
import { CHECKS } from './checks.js';
import { format, runChecks, summarize } from './run.js';

const USAGE = `Checks a deployed stage for what makes passcodes fail silently, with your own AWS credentials. Sends nothing.

  npm run doctor -- --stage prod [--region eu-west-1] [--json]

  --endpoint URL   where the webhooks are, if not at the stack's own endpoint (a custom domain)
  --number NUMBER  a phone number in E.164 that must not have opted out of SMS`;

/** @returns the exit code: 1 where anything failed. */
export async function doctor(args: readonly string[], print: (text: string) => void): Promise<number> {
  const options = readOptions(args, {
    stage: { type: 'string', default: 'dev' },
    region: { type: 'string' },
    endpoint: { type: 'string' },
    number: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const { stage, json } = options;
  const region = regionOf(options.region, processEnvironment());
  const context = {
    ...(await createStageContext(stage, { region })),
    endpoint: options.endpoint?.replace(/\/$/, ''),
    phoneNumber: options.number,
  };
  const results = await runChecks(CHECKS, context, (result) => {
    if (!json) print(format(result));
  });
  print(json ? JSON.stringify(results, undefined, 2) : `\n${summarize(results)}`);
  return results.some(({ level }) => level === 'fail') ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, () => doctor(process.argv.slice(2), console.log));
}
