import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import { SETTINGS } from '../../lib/settings/table.js';

type Resolve = (options: { resolveVariable: (name: string) => Promise<unknown> }) => Promise<unknown>;

const require = createRequire(import.meta.url);
const senders = require('../../tools/serverless/senders.cjs') as Resolve;
const alarms = require('../../resources/alarms.cjs') as Resolve;
const dashboard = require('../../resources/dashboard.cjs') as Resolve;

const variables =
  (values: Record<string, unknown>): ((name: string) => Promise<unknown>) =>
  (name) => {
    if (!(name in values)) throw new Error(`unexpected variable ${name}`);
    return Promise.resolve(values[name]);
  };

describe('the policy for SES', () => {
  const policyOf = (settings: Record<string, string>) =>
    senders({
      resolveVariable: variables({
        'self:provider.environment': { SES_CONFIGURATION_SET: 'otp-relay-prod' },
        'self:functions.email.environment, null': settings,
      }),
    }) as Promise<{ addresses: string[]; resources: { 'Fn::Sub': string }[] }>;
  const names = (resources: readonly { 'Fn::Sub': string }[]) =>
    resources.map(({ 'Fn::Sub': arn }) => arn.split('${AWS::AccountId}:')[1]);

  test('names every sender, its domains, and the configuration set', async () => {
    const { addresses, resources } = await policyOf({
      EMAIL_FROM: 'login@mail.example.com',
      EMAIL_FROM__SHOP: 'shop@example.com',
      EMAIL_FROM_NAME: 'Example',
    });
    expect(addresses).toEqual(['login@mail.example.com', 'shop@example.com']);
    expect(names(resources)).toEqual([
      'identity/login@mail.example.com',
      'identity/mail.example.com',
      'identity/example.com',
      'identity/shop@example.com',
      'configuration-set/otp-relay-prod',
    ]);
  });

  test("a configuration set of the settings takes the place of the stack's", async () => {
    const { resources } = await policyOf({ EMAIL_FROM: 'a@example.com', SES_CONFIGURATION_SET: 'mine' });
    expect(names(resources)).toContain('configuration-set/mine');
    expect(names(resources)).not.toContain('configuration-set/otp-relay-prod');
  });

  test('a sender behind a reference is not known yet', async () => {
    const { addresses, resources } = await policyOf({ EMAIL_FROM: 'ssm:/otp-relay/prod/from' });
    expect(addresses).toEqual(['*']);
    expect(names(resources)).toContain('identity/*');
  });

  test('a stage without email sends none', async () => {
    const { addresses, resources } = await policyOf({});
    expect(addresses).toEqual(['nobody@invalid']);
    expect(names(resources)).toEqual(['identity/nobody@invalid', 'configuration-set/otp-relay-prod']);
  });
});

const parameters = {
  'sls:stage': 'prod',
  'param:alarmEmail': '',
  'param:alarmLatencyMs': 3000,
  'param:alarmBounceRate': 0.04,
  'param:alarmComplaintRate': 0.0008,
  'param:alarmSmsSpendUsd': 40,
};

interface Template {
  readonly Resources: Readonly<Record<string, { Type: string; Properties: Record<string, unknown> }>>;
}

test('every alarm tells the topic, and says in a sentence what is wrong', async () => {
  const { Resources } = (await alarms({ resolveVariable: variables(parameters) })) as Template;
  const found = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  expect(found.length).toBeGreaterThan(20);
  for (const { Properties } of found) {
    expect(Properties['AlarmActions']).toEqual([{ Ref: 'AlarmTopic' }]);
    expect(Properties['AlarmName']).toMatch(/^otp-relay-prod-[a-z-]+$/);
    expect(String(Properties['AlarmDescription']).length).toBeGreaterThan(20);
    expect(Properties['Threshold']).toEqual(expect.any(Number));
  }
  expect(Resources['AlarmTopic']?.Properties).not.toHaveProperty('Subscription');
});

test('an address subscribes to the topic', async () => {
  const resolveVariable = variables({ ...parameters, 'param:alarmEmail': 'ops@example.com' });
  const { Resources } = (await alarms({ resolveVariable })) as Template;
  expect(Resources['AlarmTopic']?.Properties['Subscription']).toEqual([
    { Protocol: 'email', Endpoint: 'ops@example.com' },
  ]);
});

test('no widget of the dashboard lies over another', async () => {
  const { Resources } = (await dashboard({
    resolveVariable: variables({ 'sls:stage': 'prod' }),
  })) as Template;
  const body = Resources['Dashboard']?.Properties['DashboardBody'] as { 'Fn::Sub': string };
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
