import { processEnvironment } from '../../lib/settings/settings.js';
import { runCommand } from '../command.js';
import { openStage } from '../stage/context.js';

const [command = '', stage = '', region = '', profile = ''] = process.argv.slice(2);

/** Says on which account and region a command of osls works, or in one line why it cannot. */
await runCommand('', async () => {
  const { outputs } = await openStage(stage, { region, profile }, processEnvironment(), console.error);
  if (command !== 'deploy') await outputs();
  return 0;
});
