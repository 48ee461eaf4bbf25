import { ACCOUNT, type AwsAccount, startAwsAccount } from '../../support/aws-account.js';
import { completeSettings, stageFiles } from '../../support/stage-files.js';
import { type Run, runServerless, runTool } from '../../support/serverless.js';

const files = stageFiles();
const elsewhere = stageFiles();
const { stage: STAGE } = files;
let account: AwsAccount;
beforeAll(async () => {
  await Promise.all([files, elsewhere].map((each) => each.write(completeSettings(each.stage))));
  account = await startAwsAccount(STAGE);
});
afterAll(async () => {
  await Promise.all([files.remove(), elsewhere.remove(), account.close()]);
});

const TIMEOUT_MS = 180_000;
type Environment = Record<string, string>;

/** Every command that goes to AWS, as an operator runs it. */
const COMMANDS: Readonly<
  Record<string, (stage: string, env: Environment, ...more: string[]) => Promise<Run>>
> = {
  doctor: (stage, env, ...more) => runTool('tools/doctor/main.ts', ['--stage', stage, ...more], env),
  activity: (stage, env, ...more) => runTool('tools/activity/main.ts', ['--stage', stage, ...more], env),
  'send-test': (stage, env, ...more) =>
    runTool('tools/send-test/main.ts', ['email', '--to', 'a@example.com', '--stage', stage, ...more], env),
  event: (stage, env, ...more) =>
    runTool('tools/ownid/event.ts', ['email', '--to', 'a@example.com', '--stage', stage, ...more], env),
  try: (stage, env, ...more) =>
    runTool('tools/try/main.ts', ['email', '--to', 'a@example.com', '--stage', stage, ...more], env),
  settings: (stage, env, ...more) =>
    runTool('tools/settings/main.ts', ['show', '--deployed', '--stage', stage, ...more], env),
  'serverless deploy': (stage, env, ...more) => runServerless(['deploy', '--stage', stage, ...more], env),
  'serverless info': (stage, env, ...more) => runServerless(['info', '--stage', stage, ...more], env),
};

/** Those that need the stage alone: what `doctor` and `deploy` go on with, the account here has not. */
const DEPLOYED = ['activity', 'serverless info', 'event', 'send-test', 'settings', 'try'];
/** Where every one of them is run; elsewhere two show it, since all of them find their account in the same way. */
const WITH_ALL = new Set(['a profile alone', 'an SSO cache alone']);
const run = (command: string, stage: string, env: Environment, ...more: string[]) =>
  (COMMANDS[command] ?? unknown)(stage, { ...account.environment, ...env }, ...more);
const unknown = () => Promise.reject(new Error('no such command'));
const PROFILE = { AWS_PROFILE: 'shop' };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('where credentials and region come from', () => {
  test.each<[string, Environment, string[], string, string]>([
    ['a profile alone', PROFILE, [], 'eu-west-1', 'user/AKIASHOP'],
    ['AWS_DEFAULT_PROFILE', { AWS_DEFAULT_PROFILE: 'shop' }, [], 'eu-west-1', 'user/AKIASHOP'],
    ['--aws-profile', KEYS, ['--aws-profile', 'shop'], 'eu-west-1', 'user/AKIASHOP'],
    ['an SSO cache alone', { AWS_PROFILE: 'sso' }, [], 'eu-west-3', 'user/ASIASSO'],
    ['an assumed role', { AWS_PROFILE: 'role' }, [], 'eu-central-1', 'user/ASIAROLE'],
    ['a credential_process', { AWS_PROFILE: 'process' }, [], 'eu-west-2', 'user/AKIAPROCESS'],
    ['AWS_REGION, with keys', { ...KEYS, AWS_REGION: 'eu-north-1' }, [], 'eu-north-1', 'user/AKIAENV'],
    [
      'AWS_DEFAULT_REGION',
      { ...PROFILE, AWS_DEFAULT_REGION: 'ap-south-1' },
      [],
      'ap-south-1',
      'user/AKIASHOP',
    ],
    [
      'AWS_REGION over AWS_DEFAULT_REGION',
      { ...KEYS, AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'ap-south-1' },
      [],
      'eu-north-1',
      'user/AKIAENV',
    ],
    [
      '--region over everything',
      { ...PROFILE, AWS_REGION: 'eu-north-1' },
      ['--region', 'sa-east-1'],
      'sa-east-1',
      'user/AKIASHOP',
    ],
  ])(
    '%s: commands work there, say so, and call no other region',
    async (name, env, more, region, principal) => {
      account.deploy(completeSettings(STAGE));
      // What is tried is not deployed.
      const expected = new RegExp(
        `^Account ${ACCOUNT}, region ${region}, (?:stage ${STAGE}, )?as ${principal}$`,
        'm',
      );
      account.regionsAsked();
      const commands = WITH_ALL.has(name) ? DEPLOYED : ['activity', 'serverless info'];
      const runs = await Promise.all(commands.map((command) => run(command, STAGE, env, ...more)));
      for (const found of runs) expect(found.printed).toMatch(expected);
      const [activity, info, , sendTest, settings] = runs;
      expect([activity?.code, info?.code, settings?.code ?? 0]).toEqual([0, 0, 0]);
      expect(info?.printed).toContain(`region: ${region}`);
      // The stack's endpoint is that of the account here, which takes no messages.
      if (sendTest !== undefined) expect(sendTest.printed).toMatch(/POST http:.*\n403/);
      expect(account.regionsAsked()).toEqual([region]);
    },
    TIMEOUT_MS,
  );
});

describe('what is wrong is said in one line, once, and the exit code is 2', () => {
  /** The others differ only in what AWS's client says, and one command shows that. */
  const EVERYWHERE = new Set([
    'no region',
    'no credentials',
    'an expired token',
    'wrong credentials',
    'no network',
  ]);
  const closed = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  test.each<[string, Environment, RegExp]>([
    ['no region', KEYS, /^No AWS region is set\. Say --region eu-west-1, or set AWS_REGION/],
    [
      'no credentials',
      { AWS_REGION: 'eu-west-1' },
      /^There are no AWS credentials\. Set AWS_PROFILE, or run/,
    ],
    ['an unknown profile', { AWS_PROFILE: 'shpo' }, /^The AWS profile "shpo" is in neither ~\/\.aws\/config/],
    [
      'a profile without credentials',
      { AWS_PROFILE: 'homeless' },
      /^Profile "homeless" yields no credentials: it has none, or its credential_process fails\./,
    ],
    [
      'an expired token',
      { AWS_PROFILE: 'expired' },
      /^The AWS credentials of profile "expired" have expired \(ExpiredToken\)\. Get new ones: aws sso login/,
    ],
    [
      'an SSO session that is over',
      { AWS_PROFILE: 'sso-over' },
      /^The AWS credentials of profile "sso-over" .* expired or was never begun\. Run: aws sso login --profile sso-over$/,
    ],
    [
      'an SSO session never begun',
      { AWS_PROFILE: 'sso-never' },
      /expired or was never begun\. Run: aws sso login --profile sso-never$/,
    ],
    [
      'wrong credentials',
      { AWS_PROFILE: 'deleted' },
      /^The AWS credentials of profile "deleted" are wrong \(InvalidClientTokenId\)/,
    ],
    [
      'a role that may not be assumed',
      { AWS_PROFILE: 'denied-role' },
      /^The AWS credentials of profile "denied-role" may not do this: .*sts:AssumeRole$/,
    ],
    [
      'a credential_process that fails',
      { AWS_PROFILE: 'broken-process' },
      /^Profile "broken-process" yields no credentials: it has none, or its credential_process fails\./,
    ],
    ['no network', { ...PROFILE, ...closed }, /^AWS in eu-west-1 cannot be reached \(ECONNREFUSED\)/],
  ])(
    '%s',
    async (name, env, sentence) => {
      const commands = EVERYWHERE.has(name) ? Object.keys(COMMANDS) : ['activity'];
      const runs = await Promise.all(commands.map((command) => run(command, STAGE, env)));
      const expected = { code: 2, printed: expect.stringMatching(sentence) as string, lines: 1 };
      expect(
        Object.fromEntries(
          runs.map((found, index) => [
            commands[index],
            { code: found.code, printed: sentenceOf(found), lines: linesOf(found) },
          ]),
        ),
      ).toEqual(Object.fromEntries(commands.map((command) => [command, expected])));
      expect(runs.map((found) => found.printed).join('')).not.toMatch(/leaked-secret|\n +at /);
    },
    TIMEOUT_MS,
  );

  const noStack = `\nThere is no stack otp-relay-${elsewhere.stage} in account ${ACCOUNT}, region eu-west-1. Deploy it: npx serverless deploy --stage ${elsewhere.stage} --region eu-west-1`;
  test.each(['doctor', 'activity', 'send-test', 'settings', 'serverless info'])(
    'no stack: %s',
    async (command) => {
      const found = await run(command, elsewhere.stage, PROFILE);
      expect(found).toMatchObject({ code: 2 });
      expect(sentenceOf(found)).toContain(noStack);
      // The account, and the sentence.
      expect(linesOf(found)).toBe(2);
    },
    TIMEOUT_MS,
  );

  test.each(['doctor', 'activity', 'send-test', 'settings'])(
    'no permission: %s',
    async (command) => {
      const found = await run(command, STAGE, { AWS_PROFILE: 'powerless' });
      expect(found).toMatchObject({ code: 2 });
      expect(found.printed).toMatch(
        /\nThe AWS credentials .* may not do this: .*cloudformation:DescribeStacks\n$/,
      );
      expect(linesOf(found)).toBe(2);
    },
    TIMEOUT_MS,
  );
});

describe('a stage that another checkout deployed with other settings', () => {
  const settings = completeSettings(STAGE);
  const others = { ...settings, EMAIL_FROM: 'login@other-shop.com', METRICS_SERVICE: `otp-relay-${STAGE}` };
  const refusal =
    /never had; different are: EMAIL_FROM\.\nNothing was deployed\. .* --param overwrite=yes\n$/;
  const deploy = (...more: string[]) => run('serverless deploy', STAGE, PROFILE, ...more);
  /** Beyond the question the emulated account has nothing to deploy to. */
  const isDeploying = (found: Run) => !found.printed.includes('Nothing was deployed');

  test(
    'is not overwritten where nobody is there to be asked',
    async () => {
      account.deploy(others);
      const found = await deploy();
      expect(found.code).toBe(2);
      expect(found.printed).toMatch(refusal);
      expect(found.printed).not.toContain('other-shop');
    },
    TIMEOUT_MS,
  );

  test(
    'is overwritten by who says so, and where the settings are the same',
    async () => {
      account.deploy(others);
      expect(isDeploying(await deploy('--param', 'overwrite=yes'))).toBe(true);
      account.deploy({ ...settings, METRICS_SERVICE: `otp-relay-${STAGE}` });
      expect(isDeploying(await deploy())).toBe(true);
    },
    TIMEOUT_MS,
  );
});

test(
  'settings that cannot work are refused before AWS is asked anything',
  async () => {
    const faulty = stageFiles();
    await faulty.write({ ...completeSettings(faulty.stage), EMAIL_FROM: 'login@example.com' });
    account.regionsAsked();
    const found = await run('serverless deploy', faulty.stage, PROFILE).finally(() => faulty.remove());
    expect(found.printed).toMatch(/EMAIL_FROM is an example: set it to an address of a domain of yours/);
    expect(found.code).not.toBe(0);
    expect(account.regionsAsked()).toEqual([]);
  },
  TIMEOUT_MS,
);

/** What a command said, without osls's own first line of a deployment. */
function sentenceOf(found: Run): string {
  return found.printed.replace(/^\nDeploying .*\n/, '').trimEnd();
}

function linesOf(found: Run): number {
  return sentenceOf(found).split('\n').length;
}
