import { type EmailEvent, join, type Line } from '../../../tools/activity/join.js';

const line = (time: number, record: Line['record']): Line => ({
  time,
  record: { channel: 'email', ...record },
});
const event = (name: string, more: Partial<EmailEvent> = {}): EmailEvent => ({
  event: name,
  messageId: 'm1',
  ...more,
});

test('the attempts at one request become one message, newest first', () => {
  const lines = [
    line(3000, { requestId: 'a', outcome: 'accepted', provider: 'ses', messageId: 'm1', failures: [] }),
    line(1000, { requestId: 'a', outcome: 'queued', failures: ['ses:transient:Throttling'] }),
    line(2000, { requestId: 'b', outcome: 'country_not_allowed', country: 'GB', channel: 'sms' }),
    line(2500, { requestId: 'c', reason: 'state_store_down' }),
  ];
  expect(join(lines, [event('Delivery')])).toEqual([
    {
      time: '1970-01-01T00:00:02.000Z',
      channel: 'sms',
      app: '',
      outcomes: ['country_not_allowed'],
      failures: [],
      country: 'GB',
      fate: '',
    },
    {
      time: '1970-01-01T00:00:01.000Z',
      channel: 'email',
      app: '',
      outcomes: ['queued', 'accepted'],
      provider: 'ses',
      failures: ['ses:transient:Throttling'],
      messageId: 'm1',
      fate: 'delivered',
    },
  ]);
});

test.each([
  [[], ''],
  [[event('Send')], ''],
  [[event('DeliveryDelay', { delayType: 'MailboxFull' })], 'delayed: MailboxFull'],
  [[event('Delivery'), event('Send'), event('DeliveryDelay')], 'delivered'],
  [
    [event('Bounce', { bounceType: 'Permanent', bounceSubType: 'General', bounceStatus: '5.1.1' })],
    'bounced: Permanent General 5.1.1',
  ],
  [[event('Complaint', { complaintType: '' }), event('Delivery')], 'complained of'],
  [[event('Reject', { rejectReason: 'Bad content' })], 'refused by SES: Bad content'],
])('the fate of %j is %j', (events, fate) => {
  const lines = [line(1, { requestId: 'a', outcome: 'accepted', messageId: 'm1' })];
  expect(join(lines, events)[0]?.fate).toBe(fate);
});
