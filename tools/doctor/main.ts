import { Resolver } from 'node:dns/promises';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../lib/settings/settings.js';
import { AWS_OPTIONS, AWS_USAGE, readOptions, runCommand, UsageError } from '../command.js';
import { withProgress } from '../progress.js';
import { openStage } from '../stage/context.js';
import { CHECKS } from './checks.js';
import { exitCode, format, runChecks, summarize } from './run.js';

const USAGE = `Checks a deployed stage for what makes passcodes fail silently, with your own AWS credentials. Sends nothing.

  npm run doctor -- --stage prod
  npm run doctor -- --stage prod --json

  --stage STAGE       the stage to check; always to be said
  --json              the findings as JSON
  --endpoint URL      where the webhooks are, if not at the stack's own endpoint (a custom domain)
  --number NUMBER     a phone number in E.164 that must not have opted out of SMS
  --dns ADDRESS       the DNS server to ask about the sender, such as 1.1.1.1 (default: this machine's)
${AWS_USAGE}

Exits with 0 where all is fine, 1 where something is wrong, 2 where it could not look.`;

/** @returns the exit code: 0 where all is fine, 1 where anything failed, 2 where something could not be looked at. */
export async function doctor(args: readonly string[], print: (text: string) => void): Promise<number> {
  const options = readOptions(args, {
    stage: { type: 'string' },
    ...AWS_OPTIONS,
    endpoint: { type: 'string' },
    number: { type: 'string' },
    dns: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const { stage, json } = options;
  if (stage === undefined) throw new UsageError('--stage is missing. Say --stage prod.');
  if (stage === 'local') {
    throw new UsageError('Stage local is not deployed: npm start checks its settings. Say --stage prod.');
  }
  const dns = resolver(options.dns);
  const aws = { region: options.region, profile: options['aws-profile'] };
  const context = {
    ...(await openStage(stage, aws, processEnvironment(), console.error)),
    endpoint: options.endpoint?.replace(/\/$/, ''),
    phoneNumber: options.number,
    dns,
  };
  // Without a stack nothing below can be looked at.
  await withProgress('Looking for the stack', context.outputs);
  const results = await runChecks(CHECKS, context, (result) => {
    if (!json) print(format(result));
  });
  print(json ? JSON.stringify(results, undefined, 2) : `\n${summarize(results)}`);
  return exitCode(results);
}

const DNS_TIMEOUT_MS = 3000;

function resolver(address: string | undefined): Resolver {
  const dns = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  if (address === undefined) return dns;
  try {
    dns.setServers([address]);
  } catch (cause) {
    throw new UsageError('--dns must be the IP address of a server, such as 1.1.1.1.', { cause });
  }
  return dns;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, () => doctor(process.argv.slice(2), console.log));
}
