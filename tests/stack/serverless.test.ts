import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import { SETTINGS } from '../../lib/settings/table.js';
import { EVERYTHING, stackResources } from '../support/stack.js';

interface Use {
  readonly email: boolean;
  readonly sms: boolean;
  readonly ses: boolean;
  readonly sns: boolean;
  readonly senders: readonly string[];
}

const require = createRequire(import.meta.url);
const { stageUse } = require('../../tools/serverless/stage-use.cjs') as {
  stageUse: (settings: Record<string, string>) => Use;
};

const ACTIONS = { SES: 'ses:SendEmail', SNS: 'sns:Publish' };
const actionsOf = async (settings: Record<string, string>, role: string) => {
  const { [role]: found } = await stackResources('roles', settings);
  return JSON.stringify(found?.Properties ?? {});
};

describe('what a stage uses', () => {
  test.each<[string, Record<string, string>, Partial<Use>]>([
    ['both channels', EVERYTHING, { email: true, sms: true, ses: true, sns: true }],
    ['email only', { EMAIL_FROM: 'a@example.com' }, { email: true, sms: false, ses: true, sns: false }],
    ['SMS only', { SMS_ALLOWED_COUNTRIES: 'US' }, { email: false, sms: true, ses: false, sns: true }],
    ['SMS of one app', { ...EVERYTHING, SMS_ALLOWED_COUNTRIES__SHOP: 'GB' }, { sms: true, sns: true }],
    ['another provider', { ...EVERYTHING, EMAIL_PROVIDER: 'sendgrid' }, { email: true, ses: false }],
    ['a route', { ...EVERYTHING, EMAIL_PROVIDER: 'smtp, ses' }, { ses: true }],
    ['SES by default, another for an app', { ...EVERYTHING, EMAIL_PROVIDER__SHOP: 'smtp' }, { ses: true }],
    ['a provider behind a reference', { ...EVERYTHING, EMAIL_PROVIDER: 'ssm:/a' }, { ses: true }],
    ['a sender behind a reference', { EMAIL_FROM: 'ssm:/a' }, { ses: true, senders: ['*'] }],
    ['nothing, which is a fault', {}, { email: true, sms: true }],
  ])('%s', (_, settings, use) => {
    expect(stageUse(settings)).toMatchObject(use);
  });

  test('a sender is written as it is sent: the domain in lower case and as A-labels', () => {
    const settings = { EMAIL_FROM: 'Login@Example.COM', EMAIL_FROM__SHOP: 'shop@bücher.example' };
    expect(stageUse(settings).senders).toEqual(['Login@example.com', 'shop@xn--bcher-kva.example']);
  });
});

test('SES of another region is permitted there, and in no other', async () => {
  const settings = { ...EVERYTHING, SES_REGION: 'eu-west-1', SES_CONFIGURATION_SET: 'mine' };
  const role = await actionsOf(settings, 'EmailRole');
  expect(role).toContain(':ses:eu-west-1:${AWS::AccountId}:identity/*');
  expect(role).toContain(':ses:eu-west-1:${AWS::AccountId}:configuration-set/mine');
  expect(role).not.toContain(':ses:${AWS::Region}');
});

describe('only what a stage uses is deployed', () => {
  const sendgrid = { ...EVERYTHING, EMAIL_PROVIDER: 'sendgrid' };
  const emailOnly = { EMAIL_FROM: 'login@example.com' };

  test('permissions', async () => {
    expect(await actionsOf(EVERYTHING, 'EmailRole')).toContain(ACTIONS.SES);
    expect(await actionsOf(EVERYTHING, 'RetryRole')).toContain(ACTIONS.SNS);
    expect(await actionsOf(sendgrid, 'EmailRole')).not.toContain(ACTIONS.SES);
    expect(await actionsOf(sendgrid, 'RetryRole')).not.toContain(ACTIONS.SES);
    expect(await actionsOf(emailOnly, 'RetryRole')).not.toContain(ACTIONS.SNS);
    expect(await stackResources('roles', emailOnly)).not.toHaveProperty('SmsRole');
    const bySms = await actionsOf({ ...EVERYTHING, SMS_PROVIDER: 'eum, US=twilio' }, 'SmsRole');
    expect(bySms).toContain('SendSmsByEum');
    expect(bySms).not.toMatch(/sns:Publish|SendNotifyTextMessage/);
    expect(await actionsOf(EVERYTHING, 'SmsRole')).not.toContain('SendSmsByEum');
  });

  test('alarms', async () => {
    expect(Object.keys(await stackResources('alarms', sendgrid)).join()).not.toMatch(/Bounce|Complaint/);
    expect(Object.keys(await stackResources('alarms', emailOnly)).join()).not.toMatch(/Sms/);
  });

  test('widgets', async () => {
    const body = JSON.stringify(await stackResources('dashboard', emailOnly));
    expect(body).not.toMatch(/SmsLambdaFunction|SMS spend/);
    expect(JSON.stringify(await stackResources('dashboard', sendgrid))).not.toContain('after SES accepted');
  });
});

test('every alarm tells the topic, and says in a sentence what is wrong', async () => {
  const resources = await stackResources('alarms');
  const found = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  expect(found.length).toBeGreaterThan(20);
  for (const { Properties } of found) {
    expect(Properties['AlarmActions']).toEqual([{ Ref: 'AlarmTopic' }]);
    expect(Properties['AlarmName']).toMatch(/^otp-relay-prod-[a-z-]+$/);
    expect(String(Properties['AlarmDescription']).length).toBeGreaterThan(20);
    expect(Properties['Threshold']).toEqual(expect.any(Number));
  }
  expect(resources['AlarmTopic']?.Properties).not.toHaveProperty('Subscription');
});

test('an address subscribes to the topic', async () => {
  const resources = await stackResources('alarms', EVERYTHING, { alarmEmail: 'ops@example.com' });
  expect(resources['AlarmTopic']?.Properties['Subscription']).toEqual([
    { Protocol: 'email', Endpoint: 'ops@example.com' },
  ]);
});

test('a dashboard is named for its region, since its name is one of the account', async () => {
  const { Dashboard } = await stackResources('dashboard');
  expect(Dashboard?.Properties['DashboardName']).toEqual({ 'Fn::Sub': 'otp-relay-prod-${AWS::Region}' });
});

test.each([
  ['both channels', EVERYTHING],
  ['email by SendGrid only', { EMAIL_FROM: 'a@example.com', EMAIL_PROVIDER: 'sendgrid' }],
])('no widget of the dashboard lies over another: %s', async (_, stage) => {
  const { Dashboard } = await stackResources('dashboard', stage);
  const body = Dashboard?.Properties['DashboardBody'] as { 'Fn::Sub': string };
  const { widgets } = JSON.parse(body['Fn::Sub']) as {
    widgets: { x: number; y: number; width: number; height: number; properties: { title: string } }[];
  };
  expect(new Set(widgets.map(({ properties }) => properties.title)).size).toBe(widgets.length);
  for (const [index, a] of widgets.entries()) {
    expect(a.x + a.width).toBeLessThanOrEqual(24);
    for (const b of widgets.slice(index + 1)) {
      const apart =
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(apart).toBe(true);
    }
  }
});

test('the longest time budget ends before the timeout of the functions that keep it', () => {
  const tags = ['Ref', 'Sub', 'GetAtt'].map((name) => ({ tag: `!${name}`, resolve: (text: string) => text }));
  const file = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8');
  const { provider, functions } = parse(file, { customTags: tags }) as {
    provider: { timeout: number };
    functions: Record<string, { timeout?: number }>;
  };
  const timeouts = ['email', 'sms'].map((name) => functions[name]?.timeout ?? provider.timeout);
  const { format } = SETTINGS.TIME_BUDGET_MS;
  for (const seconds of timeouts) {
    // An answer may come some 150 ms late.
    expect(() => format(String(seconds * 1000 - 500))).toThrow(/from \d+ to \d+/);
  }
});
