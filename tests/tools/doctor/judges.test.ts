import { judgeSpendAlarm, judgeSubscribers } from '../../../tools/doctor/alarms.js';
import { judgeClock, judgeSigned, judgeUnsigned } from '../../../tools/doctor/endpoint.js';
import { judgeConcurrency } from '../../../tools/doctor/concurrency.js';
import { judgeSpendLimit, judgeTier } from '../../../tools/doctor/eum.js';
import type { Finding } from '../../../tools/doctor/finding.js';
import { judgeParameterRate } from '../../../tools/doctor/parameter-rate.js';
import { judgeAccount } from '../../../tools/doctor/ses.js';
import { judgeIdentity } from '../../../tools/doctor/ses-sender.js';
import { judgeParameterPaths, judgeParameterTypes } from '../../../tools/doctor/settings.js';
import { judgeSandbox, judgeSpend } from '../../../tools/doctor/sms.js';
import { judgeNumber } from '../../../tools/doctor/sms-numbers.js';
import { judgeDeadLetters, judgeFunction, judgeQueue, judgeStack } from '../../../tools/doctor/stack.js';

const levels = (findings: readonly Finding[]) => findings.map(({ level }) => level);

describe('the account of SES', () => {
  const healthy = {
    SendingEnabled: true,
    ProductionAccessEnabled: true,
    EnforcementStatus: 'HEALTHY',
    SendQuota: { Max24HourSend: 1000, SentLast24Hours: 100, MaxSendRate: 14 },
  };

  test.each([
    ['in order', {}, ['ok', 'ok', 'ok']],
    ['paused', { SendingEnabled: false }, ['fail', 'ok', 'ok']],
    ['in the sandbox', { ProductionAccessEnabled: false }, ['ok', 'fail', 'ok']],
    ['under review', { EnforcementStatus: 'PROBATION' }, ['ok', 'ok', 'warn', 'ok']],
    [
      'almost out of quota',
      { SendQuota: { Max24HourSend: 1000, SentLast24Hours: 801 } },
      ['ok', 'ok', 'warn'],
    ],
    ['without a daily limit', { SendQuota: { Max24HourSend: -1, SentLast24Hours: 9e6 } }, ['ok', 'ok', 'ok']],
  ])('%s', (_, change, expected) => {
    expect(levels(judgeAccount({ ...healthy, ...change }))).toEqual(expected);
  });
});

test.each([
  [undefined, 'fail'],
  [{ VerifiedForSendingStatus: false }, 'fail'],
  [{ VerifiedForSendingStatus: true, DkimAttributes: { Status: 'PENDING' as const } }, 'warn'],
  [{ VerifiedForSendingStatus: true }, 'warn'],
  [{ VerifiedForSendingStatus: true, DkimAttributes: { Status: 'SUCCESS' as const } }, 'ok'],
])('a sender whose identity is %j: %s', (found, level) => {
  expect(judgeIdentity('login@example.com', found).level).toBe(level);
});

test.each([
  [50, 0, 'ok'],
  [50, 40, 'ok'],
  [50, 40.01, 'warn'],
  [50, 50, 'fail'],
])('of %d USD %d are spent: %s', (limit, spent, level) => {
  expect(judgeSpend(limit, spent).level).toBe(level);
});

test('the sandbox of SNS', () => {
  expect(judgeSandbox(true).level).toBe('fail');
  expect(judgeSandbox(false).level).toBe('ok');
});

test.each([
  ['PRODUCTION', 'ok'],
  ['SANDBOX', 'fail'],
  [undefined, 'fail'],
])('End User Messaging of tier %s: %s', (tier, level) => {
  expect(judgeTier(tier).level).toBe(level);
});

test.each([
  [[], 'warn'],
  [
    [{ Name: 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT' as const, EnforcedLimit: 1, MaxLimit: 1, Overridden: false }],
    'warn',
  ],
  [
    [
      {
        Name: 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT' as const,
        EnforcedLimit: 50,
        MaxLimit: 50,
        Overridden: true,
      },
    ],
    'ok',
  ],
  [
    [
      {
        Name: 'VOICE_MESSAGE_MONTHLY_SPEND_LIMIT' as const,
        EnforcedLimit: 50,
        MaxLimit: 50,
        Overridden: true,
      },
    ],
    'warn',
  ],
])('its spend limit of %j: %s', (limits, level) => {
  expect(judgeSpendLimit(limits, 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT').level).toBe(level);
});

test.each<[string, object, string]>([
  ['is ours', {}, 'ok'],
  ['is of another account', { PhoneNumber: '+12065550199' }, 'fail'],
  ['is still pending', { Status: 'PENDING' }, 'fail'],
  ['is for voice', { NumberCapabilities: ['VOICE'] }, 'fail'],
  ['is for advertisements', { MessageType: 'PROMOTIONAL' }, 'fail'],
])('a number that %s', (_, change, level) => {
  const owned = {
    PhoneNumber: '+12065550100',
    Status: 'ACTIVE' as const,
    MessageType: 'TRANSACTIONAL' as const,
    NumberCapabilities: ['SMS' as const],
    ...change,
  };
  expect(judgeNumber('+12065550100', [owned]).level).toBe(level);
});

test.each([
  [undefined, 'fail'],
  ['CREATE_COMPLETE', 'ok'],
  ['UPDATE_COMPLETE', 'ok'],
  ['UPDATE_IN_PROGRESS', 'warn'],
  ['UPDATE_ROLLBACK_COMPLETE', 'warn'],
  ['ROLLBACK_COMPLETE', 'fail'],
  ['UPDATE_ROLLBACK_FAILED', 'fail'],
])('a stack that is %s: %s', (status, level) => {
  expect(judgeStack(status, '--stage prod').level).toBe(level);
});

describe('a deployed function', () => {
  const current = {
    releases: { email: 'abc' },
    tags: { release: 'abc' },
    settings: { EMAIL_FROM: 'login@example.com' },
    environment: { EMAIL_FROM: 'login@example.com', QUEUE_URL: 'x' },
    flags: '--stage prod --region eu-west-1',
  };

  test.each([
    ['as in the checkout', {}, 'ok'],
    ['with other code', { tags: { release: 'def' } }, 'warn'],
    ['without a tag', { tags: {} }, 'warn'],
    ['whose tags are not permitted', { tags: undefined }, 'none'],
    ['with another setting', { environment: { EMAIL_FROM: 'a@example.com' } }, 'warn'],
    ['without a setting', { environment: {} }, 'warn'],
  ])('%s', (_, change, level) => {
    expect(judgeFunction('email', { ...current, ...change }).level).toBe(level);
  });
});

test('queues', () => {
  expect(judgeQueue({ ApproximateNumberOfMessages: '3', ApproximateAgeOfOldestMessage: '120' }).level).toBe(
    'ok',
  );
  expect(judgeQueue({ ApproximateNumberOfMessages: '3', ApproximateAgeOfOldestMessage: '121' }).level).toBe(
    'warn',
  );
  expect(judgeDeadLetters({ ApproximateNumberOfMessages: '0' }).level).toBe('ok');
  expect(judgeDeadLetters({ ApproximateNumberOfMessages: '1' }).level).toBe('warn');
});

test('parameters are encrypted, and where the functions may read them', () => {
  expect(judgeParameterTypes([{ Name: '/a', Type: 'SecureString' }])).toEqual([]);
  expect(levels(judgeParameterTypes([{ Name: '/a', Type: 'String' }]))).toEqual(['warn']);
  expect(judgeParameterPaths(['/otp-relay/prod/secret'], '/otp-relay/prod/')).toEqual([]);
  expect(levels(judgeParameterPaths(['/otp-relay/dev/secret'], '/otp-relay/prod/'))).toEqual(['fail']);
});

test.each([
  [400, 'ok'],
  [429, 'warn'],
  [202, 'fail'],
  [401, 'fail'],
  [503, 'fail'],
  [418, 'fail'],
])('a signed request without a message answered %d: %s', (status, level) => {
  expect(judgeSigned('/email', status).level).toBe(level);
});

test('an unsigned request must be answered 401', () => {
  expect(judgeUnsigned('email', 401).level).toBe('ok');
  expect(judgeUnsigned('email', 202).level).toBe('fail');
});

test.each([
  ['Tue, 14 Nov 2023 22:13:20 GMT', 'ok'],
  ['Tue, 14 Nov 2023 22:13:10 GMT', 'warn'],
  ['Tue, 14 Nov 2023 22:14:20 GMT', 'fail'],
  ['nonsense', 'warn'],
  [null, 'warn'],
])('an answer dated %s: %s', (date, level) => {
  expect(judgeClock(date, 1_700_000_000_000).level).toBe(level);
});

// AWS General Reference, "AWS Systems Manager endpoints and quotas".
test.each([
  [false, 1, '40 calls of GetParameter a second, shared', '40 sandboxes'],
  [true, 1, '10000 calls of GetParameter a second:', '10000 sandboxes'],
  [false, 11, '40 calls of GetParameters a second, shared', '20 sandboxes'],
  [true, 11, '1000 calls of GetParameters a second:', '500 sandboxes'],
])('with higher throughput %s, %d parameters: %s', (isHigh, count, calls, sandboxes) => {
  const { level, text } = judgeParameterRate(isHigh, count);
  expect(level).toBe('ok');
  expect(text).toContain(calls);
  expect(text).toContain(sandboxes);
});

test.each([
  [0, 0, 'fail', /nobody is subscribed/],
  [0, 1, 'fail', /not confirmed/],
  [1, 1, 'ok', /1 subscribed/],
])('of %d subscribers and %d unconfirmed ones: %s', (confirmed, pending, level, text) => {
  const topic = 'arn:aws:sns:eu-west-1:123456789012:otp-relay-prod-alarms';
  expect(judgeSubscribers({ topic, confirmed, pending })).toMatchObject({
    level,
    text: expect.stringMatching(text) as string,
  });
});

test.each([
  [40, 50, 'ok'],
  [50, 50, 'fail'],
  [40, 1, 'fail'],
  [undefined, 50, 'fail'],
])('an alarm at %s USD where the limit is %d USD: %s', (threshold, limit, level) => {
  expect(judgeSpendAlarm(threshold, limit).level).toBe(level);
});

// AWS Lambda developer guide: new accounts may have 10; docs/stack.md: the worker takes 10 by default.
test.each([
  [1000, 10, false, 'ok'],
  [10, 10, false, 'fail'],
  [10, 12, false, 'fail'],
  [10, 2, false, 'warn'],
  [34, 10, false, 'warn'],
  [35, 10, false, 'ok'],
  [10, 10, true, 'ok'],
  [10, 11, true, 'warn'],
])('of %d functions at once the worker takes %d, webhooks have their own: %s: %s', (...given) => {
  const [unreserved, retry, isReserved, level] = given;
  expect(judgeConcurrency(unreserved, { retry, isReserved, stage: 'prod' }).level).toBe(level);
});
