import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { join } from '../../tools/activity/join.js';
import { toEmailEvents } from '../../tools/activity/logs.js';

interface Transformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

const template = readFileSync(new URL('../../resources/email-events.yml', import.meta.url), 'utf8');
const tag = (name: string) => ({ tag: `!${name}`, resolve: (text: string) => text });
const { Resources } = parse(template, { customTags: [tag('Ref'), tag('Sub'), tag('GetAtt')] }) as {
  Resources: { EmailEventRule: { Properties: { Targets: readonly [{ InputTransformer: Transformer }] } } };
};
const { InputPathsMap, InputTemplate } = Resources.EmailEventRule.Properties.Targets[0].InputTransformer;

/**
 * As EventBridge transforms an event (user guide, "Input transformation"): in quotes a value is put in as it is,
 * elsewhere as JSON, and what is not in the event is empty.
 */
function transform(event: unknown): { timestamp: string; message: string } {
  const text = InputTemplate.replaceAll(/(.)<(\w+)>/g, (_, before: string, name: string) => {
    const value = stringAt(event, InputPathsMap[name] ?? '');
    return before === '"' ? `"${value}` : `${before}${JSON.stringify(value)}`;
  });
  return JSON.parse(text) as { timestamp: string; message: string };
}

function stringAt(event: unknown, path: string): string {
  const keys = path
    .replace('$.', '')
    .split(/[.[\]]+/)
    .filter(Boolean);
  let value = event;
  for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key];
  return typeof value === 'string' ? value : '';
}

/** Amazon SES developer guide, "Examples of event data", shortened. */
const bounce = {
  time: '2026-11-21T03:00:00Z',
  source: 'aws.ses',
  'detail-type': 'Email Bounced',
  detail: {
    eventType: 'Bounce',
    bounce: {
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: [
        {
          emailAddress: 'ada@example.com',
          status: '5.1.1',
          diagnosticCode: 'smtp; 550 5.1.1 <ada@example.com>: unknown',
        },
      ],
    },
    mail: {
      messageId: '0100018f-1',
      destination: ['ada@example.com'],
      commonHeaders: { to: ['ada@example.com'], subject: 'Your code is 5928' },
      tags: { 'ses:configuration-set': ['otp-relay-prod'] },
    },
  },
};

test('an event reaches the log without address, subject or diagnosis', () => {
  const { timestamp, message } = transform(bounce);
  expect(timestamp).toBe('2026-11-21T03:00:00Z');
  expect(message).not.toMatch(/ada|example|5928|550/);
  expect(JSON.parse(message)).toEqual({
    event: 'Bounce',
    messageId: '0100018f-1',
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bounceStatus: '5.1.1',
    complaintType: '',
    rejectReason: '',
    delayType: '',
  });
});

test('what the log holds is what npm run activity reads', () => {
  const events = toEmailEvents([{ time: 0, text: transform(bounce).message }]);
  const line = { time: 1, record: { requestId: 'a', outcome: 'accepted', messageId: '0100018f-1' } };
  expect(join([line], events)[0]?.fate).toBe('bounced: Permanent General 5.1.1');
});
