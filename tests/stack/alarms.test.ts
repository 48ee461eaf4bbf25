/** Each alarm on our own metrics rings from what the functions write, and none rings while all is well. */
import { startEmailLoopbacks } from '../../tools/loopback/email.js';
import type { Behaviour } from '../../tools/loopback/provider.js';
import { startSmsLoopbacks } from '../../tools/loopback/sms.js';
import { createClock } from '../support/clock.js';
import { type AlarmProperties, readEmbeddedMetrics, rings } from '../support/cloudwatch.js';
import { EMAIL, signedEvent, SMS } from '../support/event.js';
import { startTestRelay } from '../support/relay.js';
import { stackResources } from '../support/stack.js';
import { OTHER_PROVIDERS } from '../support/providers.js';

const alarms = Object.values(await stackResources('alarms'))
  .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  .map(({ Properties }) => Properties as unknown as AlarmProperties)
  .filter(({ Namespace }) => Namespace === 'OtpRelay');

type Channel = 'email' | 'sms';
const CHANNELS: readonly Channel[] = ['email', 'sms'];
const SERVICE = { email: 'ses', sms: 'sns' } as const;

interface Stage {
  /** Posts so many webhooks, a second apart, each its own. */
  readonly post: (channel: Channel, count?: number, phoneNumber?: string) => Promise<void>;
  readonly behave: (service: string, answer: Behaviour) => void;
  /** Moves the clock on and lets the worker have what is due. */
  readonly work: (seconds: number) => Promise<void>;
  readonly wait: (seconds: number) => void;
  /** Invokes a function with what no gateway sends. */
  readonly invokeWrongly: (channel: Channel) => Promise<void>;
}

/** Names of the alarms that ring in the course of `happen`. */
async function alarmsIn(
  environment: Record<string, string>,
  happen: (stage: Stage) => Promise<void>,
): Promise<string[]> {
  const clock = createClock(1_700_000_100_000);
  const behaviours = new Map<string, Behaviour>();
  const relay = await startTestRelay({
    queue: true,
    now: clock.now,
    behaviour: (service) => ({ answer: behaviours.get(service) ?? 'accept' }),
    environment: { METRICS_SERVICE: 'otp-relay-prod', ...environment },
  });
  try {
    await happen({
      post: async (channel, count = 1, phoneNumber = SMS.phoneNumber) => {
        const payload = channel === 'email' ? EMAIL : { ...SMS, phoneNumber };
        for (let index = 0; index < count; index += 1) {
          clock.time += 1000;
          await relay[channel](signedEvent(payload, { path: `/${channel}`, time: clock.time }));
        }
      },
      behave: (service, answer) => behaviours.set(service, answer),
      work: async (seconds) => {
        clock.time += seconds * 1000;
        await relay.work();
      },
      wait: (seconds) => {
        clock.time += seconds * 1000;
      },
      invokeWrongly: async (channel) => {
        await relay[channel](undefined as never);
      },
    });
  } finally {
    await relay.close();
  }
  const datapoints = readEmbeddedMetrics(relay.lines);
  return alarms
    .filter((alarm) => rings(alarm, datapoints))
    .map(({ AlarmName }) => AlarmName.replace('otp-relay-prod-', ''))
    .sort();
}

test('while all is well none rings', async () => {
  const ringing = await alarmsIn({}, async ({ post }) => {
    await post('email', 20);
    await post('sms', 20);
  });
  expect(ringing).toEqual([]);
});

/** What happens, for each channel, and the alarms that ring then; `*` stands for the channel. */
const EVENTS: readonly (readonly [
  string,
  readonly string[],
  Record<string, string>,
  (stage: Stage, channel: Channel) => Promise<void>,
])[] = [
  [
    'the account is refused',
    ['*-misconfigured', '*-provider-refusing'],
    {},
    async ({ post, behave }, channel) => {
      behave(SERVICE[channel], 'misconfigured');
      await post(channel);
    },
  ],
  [
    'the function has a fault',
    ['*-failed'],
    {},
    async ({ invokeWrongly }, channel) => {
      await invokeWrongly(channel);
    },
  ],
  [
    'the table is down',
    ['state-store-down'],
    {},
    async ({ post, behave }, channel) => {
      behave('dynamodb', 'transient');
      await post(channel);
    },
  ],
  [
    'the table is down for the worker alone',
    ['state-store-down'],
    {},
    async ({ post, behave, work }, channel) => {
      behave(SERVICE[channel], 'transient');
      await post(channel);
      behave('dynamodb', 'transient');
      await work(70);
    },
  ],
  [
    'the secret cannot be read',
    ['*-secret-store-down'],
    { OWNID_SHARED_SECRET: 'ssm:/otp-relay/prod/ownid-shared-secret' },
    async ({ post, behave }, channel) => {
      behave('ssm', 'transient');
      await post(channel);
    },
  ],
  [
    'neither the provider nor the queue takes a message',
    ['*-queue-down'],
    {},
    async ({ post, behave }, channel) => {
      behave(SERVICE[channel], 'transient');
      behave('sqs', 'transient');
      await post(channel);
    },
  ],
  [
    'five outcomes are unknown',
    ['*-unconfirmed'],
    {},
    async ({ post, behave }, channel) => {
      behave(SERVICE[channel], 'ambiguous');
      await post(channel, 5);
    },
  ],
  [
    'a queued message reaches its deadline',
    ['*-expired'],
    {},
    async ({ post, behave, work }, channel) => {
      behave(SERVICE[channel], 'transient');
      await post(channel);
      await work(301);
    },
  ],
  [
    'a provider fails for 15 minutes',
    ['*-provider-failing'],
    { OTP_TTL_SECONDS: '600', SMS_RANGE_DAILY_LIMIT: '*' },
    async ({ post, behave, wait }, channel) => {
      behave(SERVICE[channel], 'transient');
      for (let minute = 0; minute < 15; minute += 1) {
        await post(channel, 2);
        wait(58);
      }
    },
  ],
  [
    'one recipient is written to without end',
    ['*-recipient-cap'],
    { RECIPIENT_LIMIT: '1' },
    ({ post }, channel) => post(channel, 51),
  ],
];

test.each(
  EVENTS.flatMap(([what, names, environment, happen]) =>
    CHANNELS.map(
      (channel) =>
        [what, channel, names.map((name) => name.replace('*', channel)), environment, happen] as const,
    ),
  ),
)('where %s, %s: %j', async (_, channel, names, environment, happen) => {
  expect(await alarmsIn(environment, (stage) => happen(stage, channel))).toEqual(names);
});

test.each([
  ['sms-range-cap', { SMS_RANGE_DAILY_LIMIT: '1' }],
  ['sms-country-cap', { SMS_COUNTRY_HOURLY_LIMIT: '1' }],
  ['sms-total-cap', { SMS_DAILY_LIMIT: '1' }],
])('where SMS are more than expected: %s', async (name, environment) => {
  expect(await alarmsIn(environment, ({ post }) => post('sms', 2))).toEqual([name]);
});

test('where ten numbers ask on though they had their share: sms-range-lowered', async () => {
  const ringing = await alarmsIn({ RECIPIENT_LIMIT: '1' }, async ({ post }) => {
    for (let index = 0; index < 10; index += 1) await post('sms', 2, `+1202555${1234 + index * 100}`);
  });
  expect(ringing).toEqual(['sms-range-lowered']);
});

test.each<[Behaviour, string]>([
  ['misconfigured', 'email-provider-refusing'],
  ['transient', 'email-provider-failing'],
])('where the first provider is %s and the second one delivers everything: %s', async (answer, name) => {
  const others = await startEmailLoopbacks({ onMessage: () => undefined });
  try {
    const environment = { ...others.environment, EMAIL_PROVIDER: 'ses,mandrill', RECIPIENT_LIMIT: '*' };
    const ringing = await alarmsIn(environment, async ({ post, behave, wait }) => {
      behave('ses', answer);
      for (let minute = 0; minute < 15; minute += 1) {
        await post('email', 2);
        wait(58);
      }
    });
    expect(ringing).toEqual([name]);
  } finally {
    await others.close();
  }
});

test.each(OTHER_PROVIDERS)('where the account of %s is refused by %s', async (channel, provider) => {
  const refusing = { onMessage: () => undefined, behaviour: () => ({ answer: 'misconfigured' as const }) };
  const others = await (channel === 'email' ? startEmailLoopbacks : startSmsLoopbacks)(refusing);
  try {
    const route = channel === 'email' ? 'EMAIL_PROVIDER' : 'SMS_PROVIDER';
    // A busy machine may take longer than OwnID waits.
    const environment = { ...others.environment, [route]: provider, TIME_BUDGET_MS: '14000' };
    const ringing = await alarmsIn(environment, async ({ post, behave }) => {
      behave(provider, 'misconfigured');
      await post(channel);
    });
    expect(ringing).toEqual([`${channel}-misconfigured`, `${channel}-provider-refusing`]);
  } finally {
    await others.close();
  }
});

test('there is no alarm of ours that none of this rings', () => {
  const rung = [
    ...EVENTS.flatMap(([, names]) =>
      CHANNELS.flatMap((channel) => names.map((n) => n.replace('*', channel))),
    ),
    'sms-range-cap',
    'sms-range-lowered',
    'sms-country-cap',
    'sms-total-cap',
  ];
  const names = alarms.map(({ AlarmName }) => AlarmName.replace('otp-relay-prod-', ''));
  expect([...new Set(rung)].sort()).toEqual(names.sort());
});
