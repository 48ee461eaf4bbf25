import { eum } from '../../tools/loopback/eum.js';
import { ses } from '../../tools/loopback/ses.js';
import { sns } from '../../tools/loopback/sns.js';
import { jsonFault } from '../../tools/loopback/aws-protocols.js';
import type { Behaviour } from '../../tools/loopback/provider.js';
import type { HttpReaction } from '../support/scripted-http.js';
import { isProvider, type Service } from './record.js';
import type { Fault } from './weather.js';

/** What can happen to a request over HTTP, and, apart from that, to its answer. */
export interface HttpFault extends Fault {
  /** What the caller gets in place of the service's answer, whether or not the service got the request. */
  readonly answer?: HttpReaction;
  /** How the service is told to answer, in its own documented words; it does nothing then. */
  readonly told?: Exclude<Behaviour, 'accept' | 'ambiguous'>;
  /** What is late: the request, which arrives even if its caller has given up, or the service's own answer. */
  readonly delays?: 'request' | 'answer';
}

const REACTIONS = [
  'reset',
  'close',
  'hang',
  'garbage',
  'cut off',
  'switching protocols',
  'endless headers',
  'endless interim answers',
  'endless body',
  'endless chunks',
] as const satisfies readonly HttpReaction[];
const STATUSES = [200, 202, 204, 301, 400, 401, 403, 404, 408, 413, 422, 500, 502, 503, 504];

const page = (status: number): HttpReaction => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Something in between</body></html>',
});

/** A 429 says that nothing was done (RFC 6585), so that its service never gets the request. */
export const TOO_MANY: HttpFault = { kind: '429 of something in between', answer: page(429) };
/** For requests on connections that were there before; a new one is refused. */
export const CLOSED: HttpFault = { kind: 'nobody listens', answer: 'reset' };

/** All that can happen to a call to a service. */
export function httpFaults(service: Service): readonly HttpFault[] {
  return [
    ...REACTIONS.map((answer) => ({ kind: answer, answer })),
    ...STATUSES.map((status) => ({ kind: `${status} of something in between`, answer: page(status) })),
    { kind: 'an internal error', answer: internalError(service) },
    TOO_MANY,
    { kind: 'throttled', told: 'transient', isThrottle: true },
    ...(isProvider(service) ? [{ kind: 'the message is refused', told: 'rejected' } as const] : []),
    { kind: 'the account is refused', told: 'misconfigured' },
    { kind: 'a slow answer', delays: 'answer' },
    { kind: 'a late request', delays: 'request' },
  ];
}

/** The service's own words for an error of its own, after which nobody can know. */
function internalError(service: Service): HttpReaction {
  const message = 'The request processing has failed.';
  const json = (body: object) => ({
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  switch (service) {
    case 'ses':
      return ses.refuse({ status: 500, code: 'InternalFailure', message });
    case 'sns':
      return sns.refuse({ status: 500, code: 'InternalError', message });
    case 'eum':
    case 'notify':
      return eum.refuse({ status: 500, code: 'InternalServerException', message });
    case 'sendgrid':
      return json({ errors: [{ message, field: null, help: null }] });
    case 'mandrill':
      return json({ status: 'error', code: -99, name: 'GeneralError', message });
    case 'twilio':
      return json({
        code: 20500,
        message,
        more_info: 'https://www.twilio.com/docs/errors/20500',
        status: 500,
      });
    case 'token':
      return json({ error: 'server_error', error_description: message, error_codes: [90099] });
    case 'table':
    case 'queue':
    case 'parameters':
    case 'smtp':
    case 'microsoft':
      return jsonFault({ status: 500, code: 'InternalServerError', message });
  }
}
