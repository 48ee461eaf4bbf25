import { SETTINGS } from '../../../lib/settings/table.js';
import { settings } from '../../../tools/settings/main.js';
import type { Shown } from '../../../tools/settings/show.js';
import { isSecret } from '../../../tools/stage/secret-settings.js';
import { runTool } from '../../support/serverless.js';
import { completeSettings, stageFiles } from '../../support/stage-files.js';

const files = stageFiles();
const { stage } = files;
const path = `settings/${stage}.yml`;
const reference = (name: string) => `ssm:/otp-relay/${stage}/${name}`;
beforeEach(() => files.write(completeSettings(stage)));
afterAll(() => files.remove());

async function run(
  args: string,
  { environment = {}, answer }: { environment?: Record<string, string>; answer?: boolean } = {},
) {
  const printed: string[] = [];
  const reported: string[] = [];
  const asked: string[] = [];
  const code = await settings(args.split(' '), {
    environment,
    print: (text) => printed.push(text),
    report: (text) => reported.push(text),
    ask: (question) => {
      asked.push(question);
      // As where no terminal is: nobody says yes.
      return Promise.resolve(answer ?? false);
    },
  });
  return { code, printed: printed.join('\n'), reported: reported.join('\n'), asked };
}

async function show(stageName = stage, environment: Record<string, string> = {}): Promise<Shown> {
  return JSON.parse((await run(`show --stage ${stageName} --json`, { environment })).printed) as Shown;
}
const find = ({ settings: found }: Shown, setting: string) =>
  found
    .filter((entry) => entry.setting === setting)
    .map(({ country, value, from }) => (country === undefined ? { value, from } : { country, value, from }));

describe('show', () => {
  test('says of each setting where it comes from: file, stack, default', async () => {
    const shown = await show();
    expect(find(shown, 'EMAIL_FROM')).toEqual([{ value: 'login@acme-shop.com', from: path }]);
    expect(find(shown, 'EMAIL_PROVIDER')).toEqual([{ value: 'ses', from: 'default' }]);
    expect(find(shown, 'EMAIL_FROM_NAME')).toEqual([{ value: 'none', from: 'default' }]);
    expect(find(shown, 'SES_CONFIGURATION_SET')).toEqual([
      { value: `otp-relay-${stage}`, from: 'the stack' },
    ]);
    expect(find(shown, 'OWNID_SHARED_SECRET')).toEqual([
      { value: reference('ownid-shared-secret'), from: path },
    ]);
  });

  test('of stage local also the environment, which goes before the file', async () => {
    const shown = await show('local', { EMAIL_FROM: 'a@acme-shop.com', RECIPIENT_LIMIT: '9', PATH: '/bin' });
    expect(find(shown, 'EMAIL_FROM')).toEqual([{ value: 'a@acme-shop.com', from: 'environment' }]);
    expect(find(shown, 'RECIPIENT_LIMIT')).toEqual([{ value: '9', from: 'environment' }]);
    expect(find(shown, 'DRY_RUN')).toEqual([{ value: 'allowed', from: 'settings/local.yml' }]);
    expect(find(await show(stage, { RECIPIENT_LIMIT: '9' }), 'RECIPIENT_LIMIT')).toEqual([
      { value: '5', from: 'default' },
    ]);
  });

  test('has one line for each app and each country that differs', async () => {
    await files.write({
      ...completeSettings(stage),
      EMAIL_FROM__SHOP: 'login@shop.acme-shop.com',
      SMS_PROVIDER: 'sns, GB=eum,sns',
      SMS_SENDER_ID: 'Acme, GB=AcmeUK, US=',
    });
    const shown = await show();
    expect(find(shown, 'EMAIL_FROM')).toEqual([{ value: 'login@acme-shop.com', from: path }]);
    expect(find(shown, 'EMAIL_FROM__SHOP')).toEqual([{ value: 'login@shop.acme-shop.com', from: path }]);
    expect(find(shown, 'SMS_PROVIDER')).toEqual([
      { value: 'sns', from: path },
      { country: 'GB', value: 'eum,sns', from: path },
    ]);
    expect(find(shown, 'SMS_SENDER_ID')).toEqual([
      { value: 'Acme', from: path },
      { country: 'GB', value: 'AcmeUK', from: path },
      { country: 'US', value: 'none', from: path },
    ]);
    const { printed } = await run(`show --stage ${stage}`);
    expect(printed).toMatch(
      /^SMS_SENDER_ID +Acme +settings.*\n {2}in GB +AcmeUK +settings.*\n {2}in US +none/m,
    );
  });

  test('has the settings of the providers in use, of every app, and names the others', async () => {
    await files.write({
      ...completeSettings(stage),
      EMAIL_PROVIDER__SHOP: 'smtp',
      SMTP_HOST__SHOP: 'smtp.acme-shop.com',
      SMTP_USERNAME: 'login',
      SMTP_PASSWORD: reference('smtp-password'),
      SENDGRID_API_KEY: reference('sendgrid'),
    });
    const shown = await show();
    expect(find(shown, 'SMTP_HOST')).toEqual([]);
    expect(find(shown, 'SMTP_HOST__SHOP')).toHaveLength(1);
    expect(find(shown, 'SMTP_PORT')).toEqual([{ value: '587', from: 'default' }]);
    expect(find(shown, 'SENDGRID_API_KEY')).toEqual([]);
    expect(find(shown, 'EUM_ORIGINATION_IDENTITY')).toEqual([]);
    expect(shown.withoutEffect).toEqual(['SENDGRID_API_KEY']);
    expect((await run(`show --stage ${stage}`)).printed).toContain(
      '\nSet, and without an effect: SENDGRID_API_KEY\n',
    );
  });

  test('says which channel is not set up', async () => {
    await files.write({ ...completeSettings(stage), SMS_ALLOWED_COUNTRIES: '' });
    const shown = await show();
    expect(shown.notSetUp).toEqual(['sms']);
    expect(find(shown, 'SMS_PROVIDER')).toEqual([]);
  });

  test('ends with 1 and names the fault where the settings cannot work', async () => {
    await files.write({ ...completeSettings(stage), EMAIL_PROVIDER: 'smtp', SMTP_PORT: '99999' });
    const { code, printed } = await run(`show --stage ${stage}`);
    expect(code).toBe(1);
    // SES's, which only the stack sets.
    expect(printed).not.toContain('without an effect');
    expect(printed).toMatch(/^Faulty: SMTP_HOST is not set$/m);
    expect(printed).toMatch(/^Faulty: SMTP_PORT must be a whole number/m);
    expect(printed).toMatch(/^SMTP_HOST +not set +default$/m);
  });

  test('never shows a secret, wherever it stands', async () => {
    const secrets = Object.keys(SETTINGS).filter(isSecret);
    const canary = 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=';
    const values = Object.fromEntries(
      secrets.flatMap((name) => [
        [name, canary],
        [`${name}__SHOP`, canary],
      ]),
    );
    const routes = { EMAIL_PROVIDER: 'smtp,microsoft,sendgrid,mandrill', SMS_PROVIDER: 'twilio' };
    await files.write({ ...completeSettings(stage), ...values, ...routes, SMTP_PASWORD: canary });
    const runs = [
      await run(`show --stage ${stage}`),
      await run(`show --stage ${stage} --json`),
      await run('show --stage local --json', { environment: { ...values, ...routes } }),
      await run(`revert EMAIL --stage ${stage} --yes`),
      await run(`revert SMS --stage ${stage} --yes --json`),
    ];
    expect(secrets.length).toBeGreaterThan(8);
    expect(runs[0]?.printed).toMatch(/^SMTP_PASSWORD +\(set, not shown\) +settings/m);
    expect(JSON.stringify(runs)).not.toContain(canary.slice(0, 8));
  });

  test('every setting whose name looks secret is one, but for names of keys', () => {
    const names = Object.keys(SETTINGS).filter((name) => /SECRET|PASSWORD|TOKEN|KEY/.test(name));
    expect(names.filter((name) => !isSecret(name))).toEqual(['TWILIO_API_KEY_SID']);
  });
});

describe('revert', () => {
  const FILE = `# Ours
OWNID_SHARED_SECRET: ssm:/otp-relay/${stage}/ownid-shared-secret # both apps
EMAIL_FROM: login@acme-shop.com
# Since the move
EMAIL_PROVIDER: smtp
SMTP_HOST: smtp.acme-shop.com
SMTP_USERNAME: login
SMTP_PASSWORD: ssm:/otp-relay/${stage}/smtp-password

SMS_PROVIDER: 'eum, US=twilio'
SMS_ALLOWED_COUNTRIES: US
EMAIL_PROVIDER__SHOP: sendgrid
`;
  beforeEach(() => files.write(FILE));

  test('shows what would change, asks, takes it out, and says what is in force now', async () => {
    const { code, printed, asked } = await run(`revert EMAIL --stage ${stage}`, { answer: true });
    expect(code).toBe(0);
    expect(asked).toEqual(['Take them out?']);
    const [proposal, result] = printed.split('\nIn force by ');
    expect(proposal?.split('\n')).toEqual([
      `${path} loses`,
      '  EMAIL_PROVIDER        smtp',
      '  SMTP_HOST             smtp.acme-shop.com',
      '  SMTP_USERNAME         login',
      `  SMTP_PASSWORD         ${reference('smtp-password')}`,
      '  EMAIL_PROVIDER__SHOP  sendgrid',
      'and email goes through Amazon SES again.',
    ]);
    expect(result).toMatch(/^EMAIL_PROVIDER +ses +default$/m);
    expect(result).toContain(`npx serverless deploy --stage ${stage}`);
    expect(await files.read()).toBe(`# Ours
OWNID_SHARED_SECRET: ssm:/otp-relay/${stage}/ownid-shared-secret # both apps
EMAIL_FROM: login@acme-shop.com
# Since the move

SMS_PROVIDER: 'eum, US=twilio'
SMS_ALLOWED_COUNTRIES: US
`);
  });

  test('SMS goes back to SNS, and keeps its senders and countries', async () => {
    await run(`revert sms --stage ${stage} --yes`);
    expect(await files.read()).toBe(FILE.replace("SMS_PROVIDER: 'eum, US=twilio'\n", ''));
  });

  test.each([`revert EMAIL --stage ${stage}`, `revert SMS --stage ${stage} --json`])(
    '%s changes nothing where nobody says yes',
    async (args) => {
      await expect(run(args)).rejects.toThrow('Nothing was changed. To revert without being asked: --yes');
      expect(await files.read()).toBe(FILE);
    },
  );

  test('without a terminal nobody is asked, nothing is changed, and the exit code is 2', async () => {
    const args = ['revert', 'EMAIL', '--stage', stage];
    const { code, printed } = await runTool('tools/settings/main.ts', args, {});
    expect(code).toBe(2);
    expect(printed).toMatch(/Nothing was changed\. To revert without being asked: --yes\n$/);
    expect(await files.read()).toBe(FILE);
  }, 60_000);

  test('--yes asks nobody, and --json prints nothing else', async () => {
    const { printed, asked } = await run(`revert EMAIL --stage ${stage} --yes --json`);
    expect(asked).toEqual([]);
    expect(JSON.parse(printed)).toMatchObject({
      channel: 'email',
      removed: ['EMAIL_PROVIDER', 'SMTP_HOST', 'SMTP_USERNAME', 'SMTP_PASSWORD', 'EMAIL_PROVIDER__SHOP'],
    });
  });

  test('with nothing to revert it asks nothing, changes nothing and says what is in force', async () => {
    await run(`revert EMAIL --stage ${stage} --yes`);
    const before = await files.read();
    const { code, printed, asked } = await run(`revert EMAIL --stage ${stage}`);
    expect({ code, asked }).toEqual({ code: 0, asked: [] });
    expect(printed).toMatch(/nothing to revert.*\n[^]*EMAIL_PROVIDER +ses +default/);
    expect(await files.read()).toBe(before);
  });
});
