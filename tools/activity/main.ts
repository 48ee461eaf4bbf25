import { fileURLToPath } from 'node:url';
import { readSharedSecrets } from '../../lib/relay/channel-apps.js';
import { hashRecipient } from '../../lib/telemetry/log.js';
import { processEnvironment, readSettings } from '../../lib/settings/settings.js';
import { AWS_OPTIONS, AWS_USAGE, readOptions, runCommand, UsageError } from '../command.js';
import { askAws } from '../stage/account.js';
import { withProgress } from '../progress.js';
import { withLocalPort } from '../local/running.js';
import { openStage, type StageContext, valuesOf } from '../stage/context.js';
import { type Activity, join } from './join.js';
import { readLocalLog } from './local-log.js';
import { readLog, toEmailEvents, toLines } from './logs.js';
import { formatTable } from './table.js';

const USAGE = `Shows the latest messages of a stage and what became of them, from its logs, with your own AWS credentials.

  npm run activity
  npm run activity -- --stage prod --since 2d --recipient someone@example.com

  --since TIME        as 90s, 15m, 1h or 2d (default: 1h)
  --recipient WHO     only messages to this address or number; it is hashed here, and only the hash is searched for
  --limit COUNT       how many messages at most (default: 50)
  --stage STAGE       whose messages (default: local, those of npm start)
  --port PORT         of npm start (default: PORT, or the one that runs)
  --json              the messages as JSON
${AWS_USAGE}

Exits with 0 where the logs were read, even where they hold no message, 2 where not.`;

/** @param now milliseconds since the Unix epoch. */
export async function activity(
  args: readonly string[],
  print: (text: string) => void,
  now = Date.now(),
): Promise<number> {
  const options = readOptions(args, {
    stage: { type: 'string', default: 'local' },
    ...AWS_OPTIONS,
    since: { type: 'string', default: '1h' },
    recipient: { type: 'string' },
    limit: { type: 'string', default: '50' },
    port: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit must be a whole number.');
  const since = now - durationMs(options.since);
  const show = (activities: readonly Activity[]) => {
    const latest = activities.slice(0, limit);
    print(options.json ? JSON.stringify(latest, undefined, 2) : formatTable(latest));
    return 0;
  };
  if (options.stage === 'local') {
    const { PORT: port = '' } = await withLocalPort(options.port, processEnvironment());
    return show(join(await readLocalLog(Number(port), { since, recipient: options.recipient }), []));
  }
  const aws = { region: options.region, profile: options['aws-profile'] };
  const context = await openStage(options.stage, aws, processEnvironment(), console.error);
  const { recipient } = options;
  const terms = recipient === undefined ? ['outcome'] : await recipientHashes(context, recipient);

  const { EmailEventLogGroupName: eventGroup } = await context.outputs();
  const { client, service } = context;
  const [entries, events] = await withProgress('Reading the logs', () =>
    askAws(client, () =>
      Promise.all([
        Promise.all(
          ['email', 'sms', 'retry'].map((name) =>
            readLog(client, `/aws/lambda/${service}-${name}`, { since, terms }),
          ),
        ),
        // A stage that does not send by SES has no such log.
        eventGroup === undefined ? [] : readLog(client, eventGroup, { since, terms: [] }),
      ]),
    ),
  );
  return show(join(toLines(entries.flat()), toEmailEvents(events)));
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds for `90s`, `15m`, `1h` or `2d`. Throws a {@link UsageError}. */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs === undefined) throw new UsageError('--since must be a time such as 90s, 15m, 1h or 2d.');
  return Number(count) * unitMs;
}

/** A recipient as the logs have it, for every secret of every app: after a rotation older lines have the previous one. */
async function recipientHashes({ apps, parameters }: StageContext, recipient: string): Promise<string[]> {
  const values = valuesOf(await parameters());
  const secrets = apps.flatMap((app) =>
    readSettings(
      app,
      (get) => [...readSharedSecrets('email', get), ...readSharedSecrets('sms', get)],
      values,
    ),
  );
  return [...new Set(secrets.map((secret) => hashRecipient(recipient.trim(), secret)))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, () => activity(process.argv.slice(2), console.log));
}
