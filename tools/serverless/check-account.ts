import { processEnvironment } from '../../lib/settings/settings.js';
import { confirm, CommandError, runCommand } from '../command.js';
import { openStage, type StageContext } from '../stage/context.js';
import { foreignSettings } from './overwrite.js';

const [command = '', stage = '', region = '', profile = '', overwrite = ''] = process.argv.slice(2);

/** Says on which account and region a command of osls works, or in one line why it cannot. */
await runCommand('', async () => {
  const context = await openStage(stage, { region, profile }, processEnvironment(), console.error);
  if (command.startsWith('deploy') && command !== 'deploy list') await refuseForeign(context);
  else await context.outputs();
  return 0;
});

/** A stage that another checkout deployed is overwritten only by who says so. */
async function refuseForeign(context: StageContext): Promise<void> {
  if (overwrite === 'yes') return;
  const names = await foreignSettings(context);
  if (names.length === 0) return;
  const text = `${context.service} was deployed there with settings that this checkout never had; different are: ${names.join(', ')}.`;
  if (!(await confirm(`${text}\nOverwrite it?`))) {
    throw new CommandError(
      `${text}\nNothing was deployed. To overwrite it all the same: --param overwrite=yes`,
    );
  }
}
