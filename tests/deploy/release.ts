import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { pythonTool } from '../support/python.js';
import type { Steps } from '../support/steps.js';
import { inventory } from './account.js';
import { type EmulatedStage, newSecret } from './emulated-stage.js';
import { postTo, signedEmail } from './webhook.js';

const SERVICE = 'acme-otp';
const BUCKET = 'acme-otp-artifacts';
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What docs/release.md says, with the AWS CLI: a second installation in the account and region of the first, which must
 * be there and stays as it is.
 */
export async function releaseSteps(step: Steps['step'], emulated: EmulatedStage): Promise<void> {
  const { stage, emulator, config, operator } = emulated;
  const stack = `${SERVICE}-${stage}`;
  const shell = (command: string) =>
    promisify(execFile)('sh', ['-c', command], {
      cwd: root,
      env: {
        PATH: `${dirname(pythonTool('aws', 'aws'))}:${process.env['PATH'] ?? ''}`,
        ...operator,
        // The CLI of PyPI, version 1, knows no AWS_REGION.
        AWS_DEFAULT_REGION: operator.AWS_REGION,
      },
    });
  const [upload = '', deploy = ''] = await documentedCommands(stage, stack);
  const { text: secretText, key: secret } = newSecret();
  const sends = async (email: string) => {
    const { HttpApiId = '' } = await emulated.outputs(config, stack);
    const request = signedEmail(
      { email, subject: 'Sign in', body: '<p>Your code is <b>5928</b></p>' },
      secret,
    );
    assert.deepEqual(await postTo(emulator.port, HttpApiId, request), { status: 202, body: '' });
    const [mail, ...others] = await emulated.mailsTo(email);
    assert.equal(others.length, 0);
    assert.match(mail?.BodyHtml ?? '', /<b>5928<\/b>/);
  };
  let before: string[] = [];

  await step('a release is deployed by the AWS CLI, as a second installation in the account', async () => {
    before = await inventory(config);
    await emulated.writeStack({ service: SERVICE, accountWide: false });
    await emulated.writeSettings({ OWNID_SHARED_SECRET: `ssm:${emulated.parameter(SERVICE)}` });
    await emulated.putSecret(secretText, { name: emulated.parameter(SERVICE) });
    assert.equal((await emulated.runOperatorTool('release')).code, 0);
    await shell(`aws s3 mb s3://${BUCKET}`);
    await shell(upload);
    await shell(deploy);
    await sends('released@example.com');
  });

  await step(
    'every name of the second installation is its own, and what is of the account is there once',
    async () => {
      const added = (await inventory(config)).filter((name) => !before.includes(name));
      assert.deepEqual(
        added.filter((name) => !name.includes(SERVICE)),
        [],
      );
      const suffixes = (names: readonly string[], service: string) =>
        names.flatMap((name) => name.split(`alarm ${service}-${stage}-`)[1] ?? []);
      const ofTheFirst = suffixes(before, 'otp-relay');
      const ofTheAccount = ['bounce-rate', 'complaint-rate', 'sms-spend'];
      assert.deepEqual(
        suffixes(added, SERVICE),
        ofTheFirst.filter((name) => !ofTheAccount.includes(name)),
      );
      assert.equal(
        ofTheAccount.every((name) => ofTheFirst.includes(name)),
        true,
      );
    },
  );

  await step('a parameter of the release changes the stack', async () => {
    await shell(`${deploy} MemorySize=512`);
    const command = new GetFunctionConfigurationCommand({ FunctionName: `${stack}-email` });
    assert.equal((await new LambdaClient(config).send(command)).MemorySize, 512);
    await sends('changed@example.com');
  });

  await step('the second installation is removed, and the first stays', async () => {
    await shell(`aws cloudformation delete-stack --stack-name ${stack}`);
    await shell(`aws cloudformation wait stack-delete-complete --stack-name ${stack}`);
    await shell(`aws s3 rb s3://${BUCKET} --force`);
    await emulated.removeStackFile();
    await emulated.writeSettings();
    await rm(`${root}release/${stage}`, { recursive: true, force: true });
    assert.deepEqual(await inventory(config), before);
  });
}

/** What docs/release.md tells its reader to type, for this stage. */
async function documentedCommands(stage: string, stack: string): Promise<string[]> {
  const page = await readFile(`${root}docs/release.md`, 'utf8');
  const commands = page.match(/^ {4}aws (?:.*\\\n)*.*/gm) ?? [];
  assert.equal(commands.length, 2);
  return commands.map((command) =>
    command
      .replaceAll('release/prod', `release/${stage}`)
      .replaceAll('otp-relay-prod', stack)
      .replaceAll('BUCKET', BUCKET),
  );
}
