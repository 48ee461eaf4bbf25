import type { Clock } from '../../lib/clock.js';
import type { Certificate } from '../../tools/loopback/certificate.js';
import { type Moment, type Reaction, startScriptedSmtp } from '../support/scripted-smtp.js';
import type { Call, Service, Visit } from './record.js';
import type { Fault, Tally, Weather } from './weather.js';

/** What a mail server says, or does to the connection, at a moment of a session. */
interface SmtpFault extends Fault {
  readonly at: Moment;
  readonly reaction: Reaction;
  readonly isRejection?: boolean;
}

const GARBAGE = 'HTTP/1.1 400 Bad Request';

const says = (at: Moment, reply: string, more: Partial<SmtpFault> = {}): SmtpFault => ({
  kind: `${at}: ${reply}`,
  at,
  reaction: { reply },
  ...more,
});
const does = (at: Moment, reaction: Reaction & string): SmtpFault => ({
  kind: `${at}: ${reaction}`,
  at,
  reaction,
});

/** Of a new connection, before there is a message. */
const OF_CONNECTIONS: readonly SmtpFault[] = [
  says('GREETING', '421 4.3.2 Service not available', { isThrottle: true }),
  says('GREETING', '554 5.7.1 Your address is blocked'),
  says('GREETING', GARBAGE),
  {
    kind: 'GREETING: a slow banner',
    at: 'GREETING',
    reaction: { reply: '220 localhost ESMTP', afterMs: 300 },
  },
  does('GREETING', 'hang'),
  does('GREETING', 'reset'),
  does('GREETING', 'endless line'),
  says('EHLO', '421 4.7.0 Too many connections'),
  says('EHLO', '502 5.5.1 Command not implemented'),
  does('EHLO', 'close'),
  says('STARTTLS', '454 4.7.0 TLS not available due to local problem'),
  says('STARTTLS', '502 5.5.1 Error: command not implemented'),
  does('HANDSHAKE', 'reset'),
  does('HANDSHAKE', 'hang'),
  says('AUTH', '454 4.7.0 Temporary authentication failure'),
  says('AUTH', '535 5.7.8 Error: authentication failed'),
  does('AUTH', 'reset'),
];
/** Of a message. Amazon SES, Postfix and Exchange Online throttle in these words. */
const OF_MESSAGES: readonly SmtpFault[] = [
  says('MAIL', '454 Throttling failure: Maximum sending rate exceeded.', { isThrottle: true }),
  says('MAIL', '421 4.4.2 Timeout'),
  says('MAIL', '530 5.7.57 Client not authenticated to send mail'),
  does('MAIL', 'reset'),
  says('RCPT', '450 4.1.2 Domain not found'),
  says('RCPT', '554 5.7.1 Relay access denied'),
  says('RCPT', '550 5.1.1 User unknown', { isRejection: true }),
  does('RCPT', 'hang'),
  says('DATA', '451 4.3.0 Queue file write error'),
  says('DATA', '554 5.5.1 No valid recipients', { isRejection: true }),
  does('DATA', 'reset'),
  does('BODY', 'reset'),
  does('BODY', 'hang'),
  says('MESSAGE', '432 4.3.2 Concurrent connections limit exceeded'),
  says('MESSAGE', '451 4.7.0 Try again later'),
  says('MESSAGE', '421 4.4.2 Connection dropped'),
  says('MESSAGE', '554 5.6.0 Message content rejected', { isRejection: true }),
  says('MESSAGE', '554 5.2.252 SendAsDenied; not allowed to send as'),
  says('MESSAGE', GARBAGE),
  {
    kind: 'MESSAGE: a slow reply',
    at: 'MESSAGE',
    reaction: { reply: '250 2.0.0 Ok: queued', afterMs: 300 },
  },
  does('MESSAGE', 'reset'),
  does('MESSAGE', 'close'),
  does('MESSAGE', 'hang'),
  does('MESSAGE', 'endless lines'),
];
export const SMTP_FAULTS = [...OF_CONNECTIONS, ...OF_MESSAGES];

interface Session {
  fault?: SmtpFault | undefined;
  call?: Call | undefined;
}

/** A mail server that does to each session and each message what the weather says. */
export async function startFaultySmtp(options: {
  service: Service;
  certificate: Certificate;
  weather: Weather;
  tally: Tally;
  clock: Clock;
  requestOf: (recipient: string) => number | undefined;
  /** The one visit that is about a request just now. */
  visitOf: (request: number) => Visit | undefined;
  onCall: (call: Call) => void;
}): Promise<{ port: number; close: () => Promise<void> }> {
  const { service, certificate, weather, tally, clock, requestOf, visitOf, onCall } = options;
  const sessions = new Map<number, Session>();

  const begin = (session: Session, requests: readonly number[]): Call => {
    const [request] = requests;
    const visit = request === undefined ? undefined : visitOf(request);
    const call: Call = { service, visit, requests, sentAt: clock.now() };
    onCall(call);
    return (session.call = call);
  };
  const react = (at: Moment, connection: number, text: string): Reaction | undefined => {
    const session = sessions.get(connection) ?? {};
    sessions.set(connection, session);
    if (at === 'GREETING') session.fault = weather.strike(service, OF_CONNECTIONS);
    if (at === 'MAIL')
      Object.assign(session, { fault: weather.strike(service, OF_MESSAGES), call: undefined });
    if (at === 'RCPT') begin(session, [requestOf(text) ?? []].flat());

    const { fault } = session;
    const isStruck = fault?.at === at;
    if (isStruck) strike(session.call ?? begin(session, []), fault);
    if (at === 'MESSAGE' && session.call !== undefined) end(session.call);
    return isStruck ? fault.reaction : undefined;
  };
  const strike = (call: Call, { kind, at, reaction, isRejection = false }: SmtpFault) => {
    const isReply = typeof reaction !== 'string';
    const status = isReply && reaction.reply !== GARBAGE ? Number(reaction.reply.slice(0, 3)) : undefined;
    const isForwarded =
      at === 'MESSAGE' && (status === 250 || (status === undefined && weather.happens(0.5)));
    tally.add(service, kind);
    call.fault = {
      kind,
      isForwarded,
      word: status === undefined ? 'foreign' : status < 400 ? 'answer' : 'refusal',
      isRejection,
    };
    // Whether a slow reply came in time, only its reader knows; nor does anybody else know how much of a message was sent.
    if (status === undefined && at !== 'BODY') call.heard = { code: kind, isWritten: at === 'MESSAGE' };
    else if (status !== undefined && status >= 400) call.heard = status;
  };
  const end = (call: Call) => {
    call.arrivedAt = clock.now();
    call.endedAt = clock.now();
    if (call.fault === undefined) call.heard = 250;
    if (call.fault?.isForwarded !== false) call.takenAt = clock.now();
  };
  return startScriptedSmtp({ certificate, react });
}
