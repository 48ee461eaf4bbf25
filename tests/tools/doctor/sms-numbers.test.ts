import type { Check } from '../../../tools/doctor/finding.js';
import { judgePolicy, senderIds, smsNumbers } from '../../../tools/doctor/sms-numbers.js';
import { awsError, type AwsCall } from '../../support/aws-api.js';
import { findingsOf } from '../../support/doctor.js';

const NUMBER = '+12065550100';
const ARN = 'arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-1';
const SINCE = Date.parse('2025-01-01T00:00:00Z') / 1000;
const statement = (change: object = {}) => ({
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'sms-voice:SendTextMessage',
  Resource: ARN,
  ...change,
});
const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const owned = (change: object = {}) => ({
  PhoneNumber: NUMBER,
  PhoneNumberArn: ARN,
  Status: 'ACTIVE',
  MessageType: 'TRANSACTIONAL',
  NumberCapabilities: ['SMS'],
  CreatedTimestamp: SINCE,
  ...change,
});

/** What an account with one number, on the second page, says of it and of its policy. */
function lines(
  check: Check,
  values: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, unknown>>,
) {
  const settings = { SMS_ALLOWED_COUNTRIES: 'US', SMS_ORIGINATION_NUMBER: NUMBER, ...values };
  return findingsOf(check, settings, ({ operation, body }: AwsCall) => {
    const hasToken = body.includes('NextToken');
    if (operation === 'DescribePhoneNumbers') {
      return {
        body: hasToken ? { PhoneNumbers: answers['numbers'] } : { PhoneNumbers: [], NextToken: 'next' },
      };
    }
    if (operation === 'DescribeSenderIds') return { body: { SenderIds: answers['senderIds'] } };
    if (operation === 'GetResourcePolicy' && body.includes(ARN) && answers['policy'] !== undefined) {
      return { body: { ResourceArn: ARN, Policy: answers['policy'] } };
    }
    return awsError('ResourceNotFoundException');
  });
}

const refused = `fail ${NUMBER} has no resource policy that lets SNS send by it`;
const allowed = `ok ${NUMBER} is active, and SNS may send by it`;
test.each<[string, Record<string, string>, object, string | undefined, string]>([
  ['with the policy', {}, {}, policy(statement()), allowed],
  ['without a policy', {}, {}, undefined, refused],
  [
    'for another service',
    {},
    {},
    policy(statement({ Principal: { Service: 'connect.amazonaws.com' } })),
    refused,
  ],
  ['from before there were policies', {}, { CreatedTimestamp: SINCE - 31_536_000 }, undefined, allowed],
  ['for End User Messaging alone', { SMS_PROVIDER: 'eum' }, {}, undefined, `ok ${NUMBER} is active`],
  ['that waits', {}, { Status: 'PENDING' }, policy(statement()), `fail ${NUMBER} is PENDING`],
])('a number of SNS %s', async (_, values, change, found, expected) => {
  expect(await lines(smsNumbers, values, { numbers: [owned(change)], policy: found })).toEqual([expected]);
});

test.each<[string, string, 'ok' | 'fail']>([
  [
    'lists',
    policy(
      statement({ Action: ['sms-voice:SendTextMessage'], Principal: { Service: ['sns.amazonaws.com'] } }),
    ),
    'ok',
  ],
  ['a wildcard', policy(statement({ Action: 'sms-voice:*', Principal: '*' })), 'ok'],
  ['a denial', policy(statement({ Effect: 'Deny' })), 'fail'],
  ['another action', policy(statement({ Action: 'sms-voice:SendVoiceMessage' })), 'fail'],
  ['what is no JSON', '{', 'fail'],
  ['null', 'null', 'fail'],
])('a policy with %s', (_, text, level) => {
  expect(judgePolicy({ PhoneNumber: NUMBER, CreatedTimestamp: new Date(SINCE * 1000) }, text).level).toBe(
    level,
  );
});

test('without a number of its own, and where Twilio sends, nothing is asked', async () => {
  expect(await lines(smsNumbers, { SMS_ORIGINATION_NUMBER: '' }, {})).toEqual([]);
  expect(await lines(smsNumbers, { SMS_PROVIDER: 'twilio', TWILIO_SENDER: NUMBER }, {})).toEqual([]);
});

const gb = { SMS_ALLOWED_COUNTRIES: 'GB,DE', SMS_SENDER_ID: 'Acme', SMS_ORIGINATION_NUMBER: '' };
const asked = { SenderId: 'Acme', IsoCountryCode: 'GB' };
test.each([
  ['registered', [{ ...asked, Registered: true }], /^ok Acme is registered in GB$/],
  ['waiting', [{ ...asked, Registered: false }], /^fail Acme is not registered in GB/],
  [
    'of another country',
    [{ ...asked, IsoCountryCode: 'SG', Registered: true }],
    /^fail Acme is not registered/,
  ],
  ['unknown', [], /^fail Acme is not registered in GB/],
])('a sender id that is %s where it must be registered', async (_, found, expected) => {
  expect(await lines(senderIds, gb, { senderIds: found })).toEqual([expect.stringMatching(expected)]);
});

test('where no sender id must be registered nothing is asked', async () => {
  expect(await lines(senderIds, { ...gb, SMS_ALLOWED_COUNTRIES: 'DE' }, {})).toEqual([]);
});
