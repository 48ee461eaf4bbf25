import { randomUUID } from 'node:crypto';
import { jsonFault, jsonResult } from './aws-protocols.js';
import { type AwsCall, AwsFault, type AwsService } from './aws-service.js';
import { isObject } from './http-loopback.js';

/**
 * The members of an input, each with what it must be: AWS End User Messaging SMS and voice v2 API reference, and the
 * service model that the SDK is made from.
 */
type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const flag = (value: unknown) => typeof value === 'boolean';
const number = (minimum: number, maximum: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
const map = (size: number, key: RegExp, member: RegExp) => (value: unknown) =>
  isObject(value) &&
  Object.keys(value).length <= size &&
  Object.entries(value).every(([name, text]) => key.test(name) && matches(member)(text));

const COMMON: Shape = {
  DestinationPhoneNumber: matches(/^(?=.{1,20}$)\+?[1-9][0-9]{1,18}$/),
  ConfigurationSetName: matches(/^[A-Za-z0-9_:/-]{1,256}$/),
  TimeToLive: number(5, 259_200),
  Context: map(5, /^\S{1,100}$/, /^(?!\s)(?!.*\s$).{1,800}$/s),
  DryRun: flag,
  MessageFeedbackEnabled: flag,
};
const TEXT: Shape = {
  ...COMMON,
  OriginationIdentity: matches(/^[A-Za-z0-9_:/+-]{1,256}$/),
  MessageBody: matches(/^(?!\s*$).{1,1600}$/su),
  MessageType: matches(/^(?:TRANSACTIONAL|PROMOTIONAL)$/),
  Keyword: matches(/^[ \S]{1,30}$/),
  MaxPrice: matches(/^(?=.{2,8}$)[0-9]{0,2}\.[0-9]{1,5}$/),
  DestinationCountryParameters: map(10, /^IN_(?:ENTITY|TEMPLATE)_ID$/, /^\S{1,64}$/),
  ProtectConfigurationId: matches(/^[A-Za-z0-9_:/-]{1,256}$/),
};
const NOTIFY: Shape = {
  ...COMMON,
  NotifyConfigurationId: matches(/^[A-Za-z0-9_:/-]{1,256}$/),
  TemplateId: matches(/^[A-Za-z0-9_:/-]{1,256}$/),
  TemplateVariables: map(20, /^[A-Za-z0-9_]{1,64}$/, /^.{1,2048}$/s),
};

function read(call: AwsCall, shape: Shape, required: readonly string[]): Readonly<Record<string, string>> {
  const wrong = (reason: string, name: string) =>
    new AwsFault('ValidationException', '1 validation error detected', {
      Reason: reason,
      Fields: [{ Name: name, Message: 'Member must satisfy its constraint' }],
    });
  const { fields } = call;
  for (const name of required) if (fields[name] === undefined) throw wrong('MISSING_PARAMETER', name);
  for (const [name, value] of Object.entries(fields)) {
    if (shape[name]?.(value) !== true) throw wrong('FIELD_VALIDATION_FAILED', name);
  }
  return fields as Readonly<Record<string, string>>;
}

// The protocol names an error with its namespace, and its message in the capitals of the service's own model.
const refuse: AwsService['refuse'] = ({ message, details, code, ...fault }) =>
  jsonFault({
    ...fault,
    code: `com.amazonaws.pinpointsmsvoicev2#${code}`,
    message,
    details: { Message: message, ...details },
  });

const faults: AwsService['faults'] = {
  transient: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
  rejected: {
    status: 400,
    code: 'ConflictException',
    message: 'The destination phone number is opted out.',
    details: { Reason: 'DESTINATION_PHONE_NUMBER_OPTED_OUT' },
  },
  misconfigured: {
    status: 400,
    code: 'ServiceQuotaExceededException',
    message: 'The monthly spend limit has been reached.',
    details: { Reason: 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT' },
  },
};

function sendTextMessage(call: AwsCall) {
  // The service's own would be asked for a transactional type too, but an OTP without it is a defect.
  const input = read(call, TEXT, ['DestinationPhoneNumber', 'MessageBody', 'MessageType']);
  const { DestinationPhoneNumber: to = '', MessageBody: text = '', OriginationIdentity: from } = input;
  return accepted(call, { provider: eum.name, to, text, from }, {});
}

/** Stands for a text of AWS's: what it says is not documented, but that it holds the code and the brand's name. */
const TEMPLATE = (code: string) => `${code} is your verification code for Example. Do not share it.`;

function sendNotifyTextMessage(call: AwsCall) {
  const { DestinationPhoneNumber: to = '', TemplateId: id = 'notify-code-verification-english-001' } = read(
    call,
    NOTIFY,
    ['NotifyConfigurationId', 'DestinationPhoneNumber', 'TemplateVariables'],
  );
  const { code = '' } = call.fields['TemplateVariables'] as { code?: string };
  const text = TEMPLATE(code);
  return accepted(
    call,
    { provider: notify.name, to, text, from: undefined },
    { TemplateId: id, ResolvedMessageBody: text },
  );
}

function accepted(
  call: AwsCall,
  message: { provider: string; to: string; text: string; from: string | undefined },
  answer: object,
) {
  const messageId = randomUUID();
  return {
    answer: jsonResult({ MessageId: messageId, ...answer }),
    message: { channel: 'sms' as const, messageId, receivedAt: Date.now(), raw: call.raw, ...message },
  };
}

/** AWS End User Messaging SMS, API version 2022-03-31. */
export const eum: AwsService = {
  name: 'eum',
  signingName: 'sms-voice',
  actions: { SendTextMessage: sendTextMessage },
  faults,
  refuse,
};

/** AWS End User Messaging Notify, the same API. */
export const notify: AwsService = {
  name: 'notify',
  signingName: 'sms-voice',
  actions: { SendNotifyTextMessage: sendNotifyTextMessage },
  faults: {
    ...faults,
    misconfigured: {
      status: 400,
      code: 'ServiceQuotaExceededException',
      message: 'The daily message limit of the tier has been reached.',
      details: { Reason: 'DAILY_NOTIFY_TIER_MESSAGE_LIMIT' },
    },
  },
  refuse,
};
