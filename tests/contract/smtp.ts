import PostalMime, { type Address } from 'postal-mime';
import type { Certificate } from '../../tools/loopback/certificate.js';
import { createCertificate } from '../../tools/loopback/certificate.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';
import { startSmtpLoopback } from '../../tools/loopback/smtp.js';
import { nobody, overSmtp, type ProviderContract, type EmailWire } from './contract.js';
import type { Moment } from '../support/scripted-smtp.js';

const settings = (port: number, { cert }: Certificate) => ({
  EMAIL_PROVIDER: 'smtp',
  SMTP_HOST: '127.0.0.1',
  SMTP_PORT: String(port),
  SMTP_USERNAME: 'relay',
  SMTP_PASSWORD: 'correct horse',
  SMTP_CA: cert,
});
const { reacting, misbehave } = overSmtp((port, certificate) => nobody(settings(port, certificate)));

/** Replies as the field's servers send them: Postfix, Exim, Exchange Online, Gmail, Amazon SES. */
export const REPLIES = [
  ['GREETING', '421 4.3.2 Service not available', 'transient', '421/4.3.2'],
  ['GREETING', '554 5.7.1 Your address is blocked', 'misconfigured', '554/5.7.1'],
  ['EHLO', '421 4.7.0 Too many connections', 'transient', '421/4.7.0'],
  ['EHLO', '502 5.5.1 Command not implemented', 'misconfigured', 'STARTTLS_NOT_OFFERED'],
  ['STARTTLS', '454 4.7.0 TLS not available due to local problem', 'transient', '454/4.7.0'],
  ['STARTTLS', '502 5.5.1 Error: command not implemented', 'misconfigured', 'STARTTLS_NOT_OFFERED'],
  ['AUTH', '454 4.7.0 Temporary authentication failure', 'transient', '454/4.7.0'],
  ['AUTH', '535 5.7.8 Error: authentication failed', 'misconfigured', '535/5.7.8'],
  [
    'AUTH',
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled',
    'misconfigured',
    '535/5.7.139',
  ],
  [
    'AUTH',
    '534-5.7.9 Application-specific password required.\r\n534 5.7.9 See help',
    'misconfigured',
    '534/5.7.9',
  ],
  ['AUTH', '504 5.7.4 Unrecognized authentication type', 'misconfigured', '504/5.7.4'],
  ['MAIL', '451 4.3.0 Temporary lookup failure', 'transient', '451/4.3.0'],
  ['MAIL', '452 4.3.1 Insufficient system storage', 'transient', '452/4.3.1'],
  ['MAIL', '530 5.7.0 Authentication required', 'misconfigured', '530/5.7.0'],
  ['MAIL', '530 5.7.57 Client not authenticated to send mail', 'misconfigured', '530/5.7.57'],
  ['MAIL', '550 5.1.8 Access denied, bad outbound sender', 'misconfigured', '550/5.1.8'],
  ['MAIL', '553 5.7.1 Sender address rejected: not owned by user', 'misconfigured', '553/5.7.1'],
  ['MAIL', '552 5.3.4 Message size exceeds fixed limit', 'rejected', '552/5.3.4'],
  ['RCPT', '450 4.1.2 Domain not found', 'transient', '450/4.1.2'],
  ['RCPT', '451 4.7.1 Greylisted', 'transient', '451/4.7.1'],
  ['RCPT', '550 5.1.1 User unknown', 'rejected', '550/5.1.1'],
  ['RCPT', '550 No such user here', 'rejected', '550'],
  ['RCPT', '551 5.1.6 User not local', 'rejected', '551/5.1.6'],
  ['RCPT', '552 5.2.2 Mailbox full', 'rejected', '552/5.2.2'],
  ['RCPT', '553 5.1.3 Mailbox name not allowed', 'rejected', '553/5.1.3'],
  ['RCPT', '550 5.7.1 Recipient has blocked you', 'rejected', '550/5.7.1'],
  ['RCPT', '554 5.7.1 <user@example.com>: Relay access denied', 'misconfigured', '554/5.7.1'],
  ['RCPT', '550 5.7.1 Unable to relay', 'misconfigured', '550/5.7.1'],
  ['DATA', '451 4.3.0 Queue file write error', 'transient', '451/4.3.0'],
  ['DATA', '554 5.5.1 No valid recipients', 'rejected', '554/5.5.1'],
  ['MESSAGE', '421 4.4.2 Connection dropped', 'transient', '421/4.4.2'],
  ['MESSAGE', '432 4.3.2 Concurrent connections limit exceeded', 'transient', '432/4.3.2'],
  ['MESSAGE', '451 4.7.0 Try again later', 'transient', '451/4.7.0'],
  ['MESSAGE', '550 5.7.1 Message rejected as spam', 'rejected', '550/5.7.1'],
  ['MESSAGE', '552 5.3.4 Message too big', 'rejected', '552/5.3.4'],
  ['MESSAGE', '554 5.6.0 Message content rejected', 'rejected', '554/5.6.0'],
  [
    'MESSAGE',
    '550 5.7.60 Client does not have permissions to send as this sender',
    'misconfigured',
    '550/5.7.60',
  ],
  ['MESSAGE', '554 5.2.252 SendAsDenied; not allowed to send as', 'misconfigured', '554/5.2.252'],
  [
    'MESSAGE',
    '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException',
    'misconfigured',
    '554/5.2.0',
  ],
  [
    'MESSAGE',
    '554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceeded',
    'misconfigured',
    '554/5.2.2',
  ],
  ['MESSAGE', '550 5.7.708 Access denied, traffic not accepted from this IP', 'misconfigured', '550/5.7.708'],
  ['MESSAGE', '554 Message rejected: Email address is not verified.', 'misconfigured', '554'],
  ['MESSAGE', '554 Sending paused for this account. For more information, see', 'misconfigured', '554'],
  ['MESSAGE', '554 Message rejected: Sending suspended for this account.', 'misconfigured', '554'],
  ['MESSAGE', '454 Throttling failure: Daily message quota exceeded.', 'misconfigured', '454'],
  ['MAIL', '454 Throttling failure: Daily message quota exceeded.', 'misconfigured', '454'],
  ['MESSAGE', '454 Throttling failure: Maximum sending rate exceeded.', 'transient', '454'],
  ['MESSAGE', '454 Temporary service failure.', 'transient', '454'],
  [
    'RCPT',
    '550 5.4.5 Daily user sending limit exceeded. For more information go to',
    'misconfigured',
    '550/5.4.5',
  ],
] as const satisfies readonly (readonly [Moment, string, string, string])[];

export const refusalsOf = (react: typeof reacting): ProviderContract['refusals'] =>
  REPLIES.map(([at, reply, kind, code]) => ({
    title: `${at}: ${reply.replace('\r\n', ' ')}`,
    start: () => react((moment) => (moment === at ? { reply } : undefined)),
    kind,
    code,
  }));

export const smtp: ProviderContract = {
  name: 'smtp',
  accept: async (onMessage) => {
    let given = 0;
    const certificate = await createCertificate();
    const loopback = await startSmtpLoopback({
      provider: 'smtp',
      certificate,
      accepts: ({ username, password }) => username === 'relay' && password === 'correct horse',
      onMessage: (message) => {
        given += 1;
        onMessage(message);
      },
    });
    const environment = settings(loopback.port, certificate);
    return { environment, given: () => given, close: () => loopback.close() };
  },
  read: readMail,
  misbehave,
  refusals: [
    ...refusalsOf(reacting),
    {
      title: 'a server that offers no authentication',
      start: () => reacting((moment) => (moment === 'AUTH' ? 'reset' : undefined), { mechanisms: '' }),
      kind: 'misconfigured',
      code: 'AUTH_NOT_OFFERED',
    },
    {
      title: 'a certificate for another host',
      start: async () => {
        const other = await createCertificate({ hosts: ['mail.example.com'] });
        return reacting(undefined, { shown: other, trusted: other });
      },
      kind: 'misconfigured',
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    },
    {
      title: 'an expired certificate',
      start: async () => {
        const expired = await createCertificate({ notAfter: new Date(Date.now() - 60_000) });
        return reacting(undefined, { shown: expired, trusted: expired });
      },
      kind: 'misconfigured',
      code: 'CERT_HAS_EXPIRED',
    },
  ],
};

/** A mail as an independent parser reads it; the recipients are those of the envelope and of every header. */
export async function readMail({ raw, to }: ReceivedMessage): Promise<EmailWire> {
  const mail = await PostalMime.parse(raw);
  const addresses = (list: Address[] = []) => list.map(({ address = '' }) => address);
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value ?? '';
  const types = [...raw.matchAll(/^Content-Type: (text\/\w+); charset=utf-8\r$/gm)].map(
    ([, type = '']) => type,
  );
  return {
    to: [...new Set([to, ...addresses(mail.to), ...addresses(mail.cc), ...addresses(mail.bcc)])],
    from: { name: mail.from?.name ?? '', address: mail.from?.address ?? '' },
    replyTo: addresses(mail.replyTo),
    subject: mail.subject ?? '',
    parts: types.map((type) => ({ type, content: (type === 'text/html' ? mail.html : mail.text) ?? '' })),
    tags: header('x-otp-tags').split(' ').filter(Boolean),
  };
}
