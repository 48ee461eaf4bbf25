import { toEmailEvents, toLines } from '../../../tools/activity/logs.js';
import { durationMs } from '../../../tools/activity/main.js';
import { formatTable } from '../../../tools/activity/table.js';

const record = { requestId: 'a', channel: 'email', outcome: 'accepted' };

test('log records are found in plain lines and in the JSON log format', () => {
  const entries = [
    { time: 1, text: JSON.stringify(record) },
    { time: 2, text: JSON.stringify({ timestamp: 't', level: 'INFO', requestId: 'a', message: record }) },
    { time: 3, text: 'START RequestId: a' },
    { time: 4, text: JSON.stringify({ level: 'WARN', message: 'text' }) },
    { time: 5, text: '{"_aws":{},"accepted":1}' },
    { time: 6, text: 'null' },
  ];
  expect(toLines(entries)).toEqual([
    { time: 1, record },
    { time: 2, record },
  ]);
});

test('SES events without a message id are left out', () => {
  const text = JSON.stringify({ event: 'Send', messageId: 'm1' });
  expect(
    toEmailEvents([
      { time: 1, text },
      { time: 2, text: '{"event":"Send"}' },
    ]),
  ).toEqual([{ event: 'Send', messageId: 'm1' }]);
});

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
])('%s is %d ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each(['', '1', 'h', '1w', '-1h', '1.5h'])('%j is not a duration', (text) => {
  expect(() => durationMs(text)).toThrow('--since');
});

test('the table has a column per field', () => {
  const item = {
    time: '2026-11-21T03:00:00.000Z',
    channel: 'sms',
    app: 'SHOP',
    outcomes: ['queued', 'accepted'],
    provider: 'sns',
    country: 'US',
    failures: ['sns:transient:Throttled', 'sns:transient:Throttled'],
    messageId: 'm1',
    fate: '',
  };
  const [header, row] = formatTable([item]).split('\n');
  expect(header?.split(/ {2,}/)).toEqual([
    ...['time', 'channel', 'app', 'outcome', 'provider', 'country', 'failures', 'fate', 'message id'],
  ]);
  expect(row).toBe(
    '2026-11-21 03:00:00  sms      SHOP  queued, accepted  sns       US       sns:transient:Throttled        m1',
  );
  expect(formatTable([])).toBe('No messages.');

  const refused = { ...item, outcomes: ['country_not_allowed'], reason: 'country_not_allowed' };
  expect(formatTable([refused])).not.toContain('(');
  expect(formatTable([{ ...refused, outcomes: ['cap_reached'], reason: 'country' }])).toContain(
    'cap_reached (country)',
  );
});

describe('on a terminal', () => {
  const { isTTY } = process.stdout;
  const setTerminal = (value: boolean) => {
    Object.defineProperty(process.stdout, 'isTTY', { value, configurable: true });
  };
  beforeEach(() => {
    setTerminal(true);
  });
  afterEach(() => {
    setTerminal(isTTY);
    delete process.env['NO_COLOR'];
  });
  const item = {
    time: '2026-11-21T03:00:00.000Z',
    channel: 'sms',
    app: '',
    outcomes: ['queued', 'accepted'],
    provider: 'sns',
    failures: [],
    fate: '',
  };
  const refused = { ...item, outcomes: ['misconfigured'] };

  test('outcomes are in colour, and the columns stay aligned', () => {
    const [header = '', ...rows] = formatTable([item, refused]).split('\n');
    expect(rows).toEqual([
      expect.stringContaining('\u001b[32mqueued, accepted\u001b[0m  sns'),
      expect.stringContaining('\u001b[31mmisconfigured\u001b[0m     sns'),
    ]);
    expect(header).not.toContain('\u001b');
  });

  test('NO_COLOR keeps them plain', () => {
    process.env['NO_COLOR'] = '1';
    expect(formatTable([item, refused])).not.toContain('\u001b');
  });
});
