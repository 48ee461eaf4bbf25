import { decodeWords } from 'postal-mime';
import { queryFault } from '../../tools/loopback/aws-protocols.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { overHttp, type ProviderContract } from './contract.js';

const settings = (origin: string) => ({
  EMAIL_PROVIDER: 'ses',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: origin,
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
});
const { answering, misbehave, playedBy } = overHttp(settings);

// Amazon SES API reference, SendEmail, Errors, and "Common errors"; statuses from the service model.
const ERRORS = [
  ['AccountSendingPausedException', 400, 'Email sending is disabled.', 'misconfigured'],
  ['ConfigurationSetDoesNotExist', 400, 'Configuration set does not exist.', 'misconfigured'],
  ['ConfigurationSetSendingPausedException', 400, 'Sending is paused.', 'misconfigured'],
  ['MailFromDomainNotVerifiedException', 400, 'MAIL FROM domain is not verified.', 'misconfigured'],
  ['MessageRejected', 400, 'Email address is not verified. The following identities failed', 'misconfigured'],
  ['MessageRejected', 400, 'Email contains a virus.', 'rejected'],
  ['InvalidParameterValue', 400, 'Missing final @domain', 'rejected'],
  ['Throttling', 400, 'Maximum sending rate exceeded.', 'transient'],
  ['Throttling', 400, 'Daily message quota exceeded.', 'misconfigured'],
  ['AccessDenied', 403, 'User is not authorized to perform ses:SendEmail', 'misconfigured'],
  ['AccessDeniedException', 403, 'Denied.', 'misconfigured'],
  ['InvalidClientTokenId', 403, 'The security token included in the request is invalid.', 'misconfigured'],
  ['SignatureDoesNotMatch', 403, 'The request signature does not match.', 'misconfigured'],
  ['IncompleteSignature', 400, 'The request signature does not conform.', 'misconfigured'],
  ['ExpiredToken', 403, 'The security token included in the request is expired.', 'misconfigured'],
  ['OptInRequired', 403, 'A subscription is needed.', 'misconfigured'],
  ['ServiceUnavailable', 503, 'The request has failed due to a temporary failure.', 'transient'],
  ['InternalFailure', 500, 'The request processing has failed.', 'ambiguous'],
  ['InternalError', 500, 'The request processing has failed.', 'ambiguous'],
  ['RequestTimeout', 408, 'The request was not received in time.', 'ambiguous'],
  ['MessageRejected', 400, 'Sending paused for this account. For more information, see', 'misconfigured'],
  ['MessageRejected', 400, 'Sending suspended for this account.', 'misconfigured'],
  ['RequestTimeTooSkewed', 400, 'The difference between the request time and', 'misconfigured'],
  ['RequestTimeTooSkewed', 403, 'The difference between the request time and', 'misconfigured'],
  ['RequestTimeTooSkewed', 500, 'The difference between the request time and', 'misconfigured'],
] as const;

export const ses: ProviderContract = {
  name: 'ses',
  accept: playedBy(startAwsLoopback),
  read: ({ raw }) => {
    const form = new URLSearchParams(raw);
    const member = (name: string) =>
      [...form].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, value]) => value);
    const source = form.get('Source') ?? '';
    const [, shown = '', address = source] = /^(.*) <(.*)>$/.exec(source) ?? [];
    const values = member('Tags');
    return Promise.resolve({
      to: ['To', 'Cc', 'Bcc'].flatMap((kind) => member(`Destination.${kind}Addresses`)),
      from: { name: decodeWords(shown.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1')), address },
      replyTo: member('ReplyToAddresses'),
      subject: form.get('Message.Subject.Data') ?? '',
      // The two have names of their own, and SES puts them in order.
      parts: ['Text', 'Html'].flatMap((name) => {
        const content = form.get(`Message.Body.${name}.Data`);
        return content === null ? [] : [{ type: `text/${name === 'Text' ? 'plain' : 'html'}`, content }];
      }),
      tags: values
        .filter((_, index) => index % 2 === 0)
        .map((name, index) => `${name}:${values[2 * index + 1] ?? ''}`),
    });
  },
  misbehave,
  refusals: [
    ...ERRORS.map(([code, status, message, kind]) => {
      const { body, headers } = queryFault('http://ses.amazonaws.com/doc/2010-12-01/', {
        status,
        code,
        message,
      });
      return {
        title: `${code}: ${message}`,
        start: () => answering({ status, headers, body }),
        kind,
        code: code === 'ConfigurationSetDoesNotExist' ? `${code}Exception` : code,
      };
    }),
    {
      title: 'a success that cannot be read',
      start: () => answering({ status: 200, body: '<html>' }),
      kind: 'ambiguous',
    },
  ],
};
