import { queryFault } from '../../tools/loopback/aws-protocols.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { overHttp } from './contract.js';
import { SHARED_SENDERS, type SmsContract } from './sms-contract.js';

export const aws = (origin: string) => ({
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: origin,
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
});
const settings = (origin: string) => ({ SMS_PROVIDER: 'sns', ...aws(origin) });
const { answering, misbehave, playedBy } = overHttp(settings);

// Amazon SNS API reference, Publish, Errors, and "Common errors".
const ERRORS = [
  ['Throttling', 400, 'Rate exceeded', 'transient'],
  ['ThrottledException', 429, 'Rate exceeded', 'transient'],
  ['InvalidParameter', 400, 'Invalid parameter: PhoneNumber Reason: invalid', 'rejected'],
  ['OptedOutException', 400, 'Phone number is opted out', 'rejected'],
  ['ValidationException', 400, 'Invalid', 'rejected'],
  [
    'InvalidParameterValue',
    400,
    'Invalid parameter: AWS.MM.SMS.OriginationNumber Reason: not yours',
    'misconfigured',
  ],
  ['UserErrorException', 400, 'The account is in the SMS sandbox', 'misconfigured'],
  ['AuthorizationErrorException', 403, 'Not authorized', 'misconfigured'],
  ['AccessDenied', 403, 'Not authorized', 'misconfigured'],
] as const;

export const sns: SmsContract = {
  name: 'sns',
  features: {
    text: true,
    senders: SHARED_SENDERS,
  },
  accept: playedBy(startAwsLoopback),
  read: ({ raw }) => {
    const form = new URLSearchParams(raw);
    const attributes = new Map<string, string>();
    for (let index = 1; form.has(`MessageAttributes.entry.${index}.Name`); index += 1) {
      const entry = `MessageAttributes.entry.${index}`;
      attributes.set(form.get(`${entry}.Name`) ?? '', form.get(`${entry}.Value.StringValue`) ?? '');
    }
    const senders = ['AWS.MM.SMS.OriginationNumber', 'AWS.SNS.SMS.SenderID'].flatMap(
      (name) => attributes.get(name) ?? [],
    );
    return Promise.resolve({
      to: form.get('PhoneNumber') ?? '',
      text: form.get('Message') ?? '',
      sender: senders.join(' and ') || undefined,
      seconds: undefined,
    });
  },
  misbehave,
  refusals: ERRORS.map(([code, status, message, kind]) => {
    const fault = { status, code, message };
    const { body, headers } = queryFault('http://sns.amazonaws.com/doc/2010-03-31/', fault);
    return { title: `${code}: ${message}`, start: () => answering({ status, headers, body }), kind };
  }),
};
