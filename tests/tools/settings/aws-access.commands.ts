import { ACCOUNT, type AwsAccount, startAwsAccount } from '../../support/aws-account.js';
import { runTool } from '../../support/serverless.js';
import { completeSettings, stageFiles } from '../../support/stage-files.js';

const files = stageFiles();
const elsewhere = stageFiles();
const { stage } = files;
let account: AwsAccount;
beforeAll(async () => {
  await Promise.all([files, elsewhere].map((each) => each.write(completeSettings(each.stage))));
  account = await startAwsAccount(stage);
  account.deploy({ ...completeSettings(stage), EMAIL_FROM: 'deployed@acme-shop.com' });
});
afterAll(async () => {
  await Promise.all([files.remove(), elsewhere.remove(), account.close()]);
});

const TIMEOUT_MS = 120_000;
type Environment = Record<string, string>;
const show = (name: string, env: Environment, ...more: string[]) =>
  runTool('tools/settings/main.ts', ['show', '--stage', name, ...more], { ...account.environment, ...env });
const attempt = (env: Environment) =>
  runTool('tools/try/main.ts', ['email', '--to', 'a@example.com', '--stage', stage], {
    ...account.environment,
    ...env,
  });

test.each([
  ['a profile only', 'shop', 'eu-west-1', 'user/AKIASHOP'],
  ['an SSO cache only', 'sso', 'eu-west-3', 'user/ASIASSO'],
])(
  '%s: what is deployed there is shown, and tried',
  async (_, AWS_PROFILE, region, principal) => {
    const [shown, tried] = await Promise.all([
      show(stage, { AWS_PROFILE }, '--deployed'),
      attempt({ AWS_PROFILE }),
    ]);
    expect(shown.code).toBe(0);
    expect(shown.printed).toContain(
      `Account ${ACCOUNT}, region ${region}, stage ${stage}, as ${principal}\n`,
    );
    expect(shown.stdout).toMatch(/^EMAIL_FROM +deployed@acme-shop\.com +deployed$/m);
    expect(shown.stdout).toContain(`Otherwise in settings/${stage}.yml, which is not deployed: EMAIL_FROM\n`);
    expect(tried.printed).toContain(`Account ${ACCOUNT}, region ${region}, as ${principal}\n`);
  },
  TIMEOUT_MS,
);

/** The situations of the other commands: tests/tools/stage/aws-access.test.ts. */
test.each<[string, Environment, RegExp]>([
  ['no region', { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret' }, /^No AWS region is set\./],
  ['no credentials', { AWS_REGION: 'eu-west-1' }, /^There are no AWS credentials\./],
  [
    'an expired token',
    { AWS_PROFILE: 'expired' },
    /have expired \(ExpiredToken\)\. Get new ones: aws sso login/,
  ],
  [
    'no network',
    { AWS_PROFILE: 'shop', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    /^AWS in eu-west-1 cannot be reached \(ECONNREFUSED\)/,
  ],
])(
  '%s: one line that says what to do, and exit code 2',
  async (_, env, sentence) => {
    const runs = await Promise.all([show(stage, env, '--deployed'), attempt(env)]);
    for (const { code, printed } of runs) {
      expect(code).toBe(2);
      expect(printed.trimEnd().split('\n')).toEqual([expect.stringMatching(sentence)]);
    }
  },
  TIMEOUT_MS,
);

test(
  'no stack: the account, then one line, and exit code 2',
  async () => {
    const { code, printed } = await show(elsewhere.stage, { AWS_PROFILE: 'shop' }, '--deployed');
    expect(code).toBe(2);
    expect(printed.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^Account /),
      `There is no stack otp-relay-${elsewhere.stage} in account ${ACCOUNT}, region eu-west-1. Deploy it: npx serverless deploy --stage ${elsewhere.stage} --region eu-west-1`,
    ]);
  },
  TIMEOUT_MS,
);

test(
  'without --deployed nobody is asked: it works without credentials',
  async () => {
    account.regionsAsked();
    expect((await show(stage, {})).code).toBe(0);
    expect(account.regionsAsked()).toEqual([]);
  },
  TIMEOUT_MS,
);
