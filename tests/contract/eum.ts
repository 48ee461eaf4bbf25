import type { DeliveryErrorKind } from '../../lib/errors.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { overHttp } from './contract.js';
import { REASONS } from './eum-reasons.js';
import { SHARED_SENDERS, type SmsContract } from './sms-contract.js';
import { aws } from './sns.js';

const settings = (origin: string) => ({ SMS_PROVIDER: 'eum', ...aws(origin) });

interface Answer {
  readonly name: string;
  readonly status?: number;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly kind: DeliveryErrorKind;
  readonly code: string;
}

const invalidField = (field: string, kind: DeliveryErrorKind): Answer => ({
  name: 'ValidationException',
  members: { Reason: 'FIELD_VALIDATION_FAILED', Fields: [{ Name: field, Message: 'invalid' }] },
  kind,
  code: 'FIELD_VALIDATION_FAILED',
});

const ANSWERS: readonly Answer[] = [
  ...Object.entries(REASONS).flatMap(([name, reasons]) =>
    Object.entries(reasons).map(([reason, kind]) => ({
      name,
      members: { Reason: reason },
      kind,
      code: reason,
    })),
  ),
  ...Object.keys(REASONS).map((name) => ({
    name,
    members: { Reason: 'A_REASON_OF_THE_FUTURE' },
    kind: 'misconfigured' as const,
    code: 'A_REASON_OF_THE_FUTURE',
  })),
  { name: 'AccessDeniedException', kind: 'misconfigured', code: 'AccessDeniedException' },
  { name: 'ResourceNotFoundException', kind: 'misconfigured', code: 'ResourceNotFoundException' },
  { name: 'ThrottlingException', kind: 'transient', code: 'ThrottlingException' },
  invalidField('DestinationPhoneNumber', 'rejected'),
  invalidField('MessageBody', 'rejected'),
  invalidField('OriginationIdentity', 'misconfigured'),
  {
    name: 'ValidationException',
    members: { Reason: 'INVALID_PARAMETER', Fields: [null, 'x', { Name: 'DestinationPhoneNumber' }] },
    kind: 'rejected',
    code: 'INVALID_PARAMETER',
  },
  {
    name: 'ValidationException',
    members: { Reason: 'INVALID_PARAMETER', Fields: 'DestinationPhoneNumber' },
    kind: 'misconfigured',
    code: 'INVALID_PARAMETER',
  },
  {
    name: 'InternalServerException',
    status: 500,
    kind: 'ambiguous',
    code: 'InternalServerException',
  },
];

/** The contract of one of the service's two operations for text messages. */
export function eumContract(
  name: string,
  environment: (origin: string) => Record<string, string>,
  contract: Pick<SmsContract, 'features' | 'read'>,
): SmsContract {
  const { answering, misbehave, playedBy } = overHttp(environment);
  return {
    ...contract,
    name,
    accept: playedBy(startAwsLoopback),
    misbehave,
    refusals: [
      ...ANSWERS.map(({ name: type, status = 400, members = {}, kind, code }) => ({
        title: `${type} ${JSON.stringify(members)}`,
        start: () =>
          answering({
            status,
            headers: { 'content-type': 'application/x-amz-json-1.0' },
            body: JSON.stringify({
              __type: `com.amazonaws.pinpointsmsvoicev2#${type}`,
              Message: 'horse',
              ...members,
            }),
          }),
        kind,
        code,
      })),
      {
        title: 'a page of HTML with a status of 502',
        start: () => answering({ status: 502, body: '<html>' }),
        kind: 'ambiguous',
      },
      {
        title: 'a success that cannot be read',
        start: () => answering({ status: 200, body: '<html>' }),
        kind: 'ambiguous',
      },
      {
        title: 'a success without an id',
        start: () => answering({ status: 200, body: '{"ResolvedMessageBody":"5928"}' }),
        kind: 'ambiguous',
      },
    ],
  };
}

interface Body {
  readonly DestinationPhoneNumber: string;
  readonly MessageBody: string;
  readonly OriginationIdentity?: string;
  readonly TimeToLive: number;
}

export const eum = eumContract('eum', settings, {
  features: {
    text: true,
    expiry: { least: 5 },
    senders: [
      ...SHARED_SENDERS,
      {
        title: 'a pool goes before the number and the sender id',
        country: 'DE',
        settings: { EUM_ORIGINATION_IDENTITY: 'DE=pool-1234', SMS_ORIGINATION_NUMBER: '+12065550100' },
        sender: 'pool-1234',
      },
    ],
  },
  read: ({ raw }) => {
    const body = JSON.parse(raw) as Body;
    return Promise.resolve({
      to: body.DestinationPhoneNumber,
      text: body.MessageBody,
      sender: body.OriginationIdentity,
      seconds: body.TimeToLive,
    });
  },
});
