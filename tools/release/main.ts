import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, readOptions, runCommand } from '../command.js';
import { readStack, readStageFile } from '../stage/stage.js';
import { releaseTemplate, type Template } from './template.js';

const USAGE = `Writes a stage as a folder that is deployed without Node.js: template.json and the zips of the functions' code.

  npm run release -- --stage prod

docs/release.md says how it is deployed.`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const packaged = join(root, '.serverless');

/** @returns the folder, below the project's own. */
export async function release(stage: string): Promise<string> {
  await readStageFile(stage);
  packageStage(stage);
  const folder = join('release', stage);
  await rm(join(root, folder), { recursive: true, force: true });
  await mkdir(join(root, folder), { recursive: true });

  const zips = new Map<string, string>();
  for (const file of (await readdir(packaged)).filter((name) => name.endsWith('.zip')).sort()) {
    const hash = createHash('sha256')
      .update(await readFile(join(packaged, file)))
      .digest('hex');
    // CloudFormation deploys code only where its name has changed.
    const name = file.replace(/\.zip$/, `-${hash.slice(0, 16)}.zip`);
    await copyFile(join(packaged, file), join(root, folder, name));
    zips.set(file, name);
  }
  const text = await readFile(join(packaged, 'cloudformation-template-update-stack.json'), 'utf8');
  const template = releaseTemplate(JSON.parse(text) as Template, zips);
  await writeFile(join(root, folder, 'template.json'), `${JSON.stringify(template, undefined, 1)}\n`);
  return folder;
}

function packageStage(stage: string): void {
  const bin = join(
    dirname(createRequire(import.meta.url).resolve('serverless/package.json')),
    'bin/serverless.js',
  );
  // A template holds for every region.
  const args = [bin, 'package', '--stage', stage, '--region', readStack(stage).region || 'us-east-1'];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new CommandError(`${stdout}Nothing was written.`.trim());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, async () => {
    const { stage } = readOptions(process.argv.slice(2), { stage: { type: 'string', default: 'dev' } });
    const folder = await release(stage);
    console.log(`${folder}/ holds template.json and the zips; docs/release.md says how to deploy it.`);
    return 0;
  });
}
