import { processEnvironment } from '../../lib/settings/settings.js';
import { runCommand } from '../command.js';
import { judgeSubscribers, subscribers } from '../doctor/alarms.js';
import { askAws } from '../stage/account.js';
import { openStage } from '../stage/context.js';
import { readStageContent } from '../stage/stage.js';
import { checkSettings, printRemarks } from './check-settings.js';
import { recordDeployment } from './overwrite.js';

const [stage = '', region = '', profile = ''] = process.argv.slice(2);

/** Says what a deployment does not show: what its settings leave out, that nobody gets the alarms, how to check the rest. */
await runCommand('', async () => {
  const context = await openStage(stage, { region, profile }, processEnvironment(), () => undefined);
  await recordDeployment(context);
  printRemarks(checkSettings(stage, await readStageContent(stage)));
  const { level, text, todo } = judgeSubscribers(await askAws(context.client, () => subscribers(context)));
  if (level === 'fail') console.error(`\nAlarms: ${text}.\n  ${todo ?? ''}`);
  console.error(`\nCheck the stage: npm run doctor -- ${context.flags}`);
  return 0;
});
