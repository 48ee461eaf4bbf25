import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../lib/settings/settings.js';
import { AWS_OPTIONS, AWS_USAGE, confirm, readWordAndOptions, runCommand, UsageError } from '../command.js';
import { describeReverted, revert } from './revert.js';
import { describeShown, shownOfDeployed, shownOfFile, type Surroundings } from './show.js';

const USAGE = `Shows what a stage has set and where each setting comes from, or goes back to the default provider. A secret is never shown.

  npm run settings -- show --stage prod
  npm run settings -- revert EMAIL --stage prod

  show                what is in force for each app and country by settings/STAGE.yml, the stack, a default or, for stage
                      local, the environment
  revert EMAIL        takes every provider but Amazon SES out of settings/STAGE.yml, after a question
  revert SMS          every provider but Amazon SNS

  --stage STAGE       always to be said
  --deployed          show what the functions have that are deployed, with your own AWS credentials
  --yes               revert without the question
  --json              the settings as JSON
${AWS_USAGE}

Exits with 0 where they were shown or reverted, 1 where those shown cannot work, 2 where it could not be done.`;

/** @returns the exit code: 1 for settings that cannot work. */
export async function settings(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { word, second, values } = readWordAndOptions(
    args,
    ['show', 'revert'],
    {
      stage: { type: 'string' },
      ...AWS_OPTIONS,
      deployed: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    { revert: ['EMAIL', 'SMS'] },
  );
  const { stage, deployed, json } = values;
  if (stage === undefined) throw new UsageError('--stage is missing. Say --stage prod.');
  if (deployed && (word === 'revert' || stage === 'local')) {
    throw new UsageError(`--deployed goes with show and a deployed stage, such as --stage prod.`);
  }
  const { print, report, environment } = surroundings;
  const printJson = (value: unknown) => {
    print(JSON.stringify(value, undefined, 2));
  };
  if (second !== undefined) {
    const channel = second === 'EMAIL' ? 'email' : 'sms';
    const done = await revert(channel, { stage, yes: values.yes }, surroundings, json ? report : print);
    if (json) printJson(done);
    else print(describeReverted(done));
    return 0;
  }
  const aws = { region: values.region, profile: values['aws-profile'] };
  const shown = await (deployed
    ? shownOfDeployed(stage, aws, surroundings)
    : shownOfFile(stage, environment));
  if (json) printJson(shown);
  else print(describeShown(shown));
  return shown.faults.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const surroundings = {
    environment: processEnvironment(),
    print: console.log,
    report: console.error,
    ask: confirm,
  };
  await runCommand(USAGE, () => settings(process.argv.slice(2), surroundings));
}
