import type { DeliveryErrorKind } from '../../errors.js';
import { isCertificateError } from '../../net/transport-error.js';

/** A failed SMTP exchange. */
export class SmtpError extends Error {
  /** Node's or nodemailer's code, one of ours, or `TIMEOUT` after the deadline. */
  readonly code: string;
  /** The command that failed, `CONN` if there was none. */
  readonly command: string;
  /** The server's reply, if it gave one. */
  readonly reply: string | undefined;
  /** True when the end of the message may have reached the server, which may then have accepted it. */
  readonly finished: boolean;

  constructor(
    code: string,
    details: { command?: string; reply?: string; finished?: boolean; cause?: unknown } = {},
  ) {
    super(`${code} (${details.command ?? 'CONN'})`, { cause: details.cause });
    this.name = 'SmtpError';
    this.code = code;
    this.command = details.command ?? 'CONN';
    this.reply = details.reply;
    this.finished = details.finished ?? false;
  }
}

/** RFC 5321, section 4.2 and RFC 3463: a reply code and, where the server sends one, an enhanced status code. */
const REPLY = /^([2-5]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})\b|[ -]|\r|\n|$)/;

// Enhanced codes that are about the sender or its account: a sender address refused (5.1.7, 5.1.8), a daily limit
// (5.1.90), sending as somebody else (5.2.252, 5.7.60), authentication (5.7.3, 5.7.8, 5.7.9, 5.7.57, 5.7.139), a
// blocked or unregistered sender (5.7.501 to 503, 5.7.705, 5.7.708, 5.7.750). RFC 3463, RFC 4954; Microsoft, "NDR error codes in
// Exchange Online".
const ACCOUNT_STATUS = /^5\.(?:1\.(?:7|8|90)|2\.252|7\.(?:3|8|9|57|60|139|50[1-3]|70[58]|750))$/;
// Account faults to which Postfix, Exchange and Amazon SES give the codes of message faults: only the text differs.
const ACCOUNT_TEXT =
  /relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|unable to relay|SendAsDenied|STOREDRV\.Submission|address is not verified/i;
// Amazon SES ("Amazon SES SMTP response codes") and Gmail use codes for a stopped account that elsewhere mean a
// temporary fault.
const STOPPED_TEXT =
  /sending (?:paused|suspended) for this account|daily [\w ]{0,20}(?:quota|limit) exceeded/i;
const TLS_FAILED = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/;
const LOST = new Set(['ECONNECTION', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETLS']);

/** Classifies a failed SMTP exchange. The code is the server's reply (`550/5.1.1`), else ours or Node's. */
export function classifySmtp(error: SmtpError): { kind: DeliveryErrorKind; code: string } {
  const { code, command, reply = '', finished } = error;
  const [, replyCode, status] = REPLY.exec(reply) ?? [];
  const refused = replyCode?.startsWith('5') === true;

  if (refused && (command === 'EHLO' || command === 'STARTTLS')) {
    return { kind: 'misconfigured', code: 'STARTTLS_NOT_OFFERED' };
  }
  if (replyCode !== undefined && (refused || replyCode.startsWith('4'))) {
    const shown = status === undefined ? replyCode : `${replyCode}/${status}`;
    if (STOPPED_TEXT.test(reply)) return { kind: 'misconfigured', code: shown };
    return { kind: refused ? refusalKind(command, replyCode, status, reply) : 'transient', code: shown };
  }
  if (finished) return { kind: 'ambiguous', code };
  if (code === 'EMESSAGE') return { kind: 'rejected', code: 'MESSAGE_TOO_LARGE' };
  const ours =
    code === 'AUTH_NOT_OFFERED' || code === 'ENOTFOUND' || isCertificateError(code) || TLS_FAILED.test(code);
  return { kind: ours ? 'misconfigured' : 'transient', code };
}

function refusalKind(
  command: string,
  replyCode: string,
  status: string | undefined,
  reply: string,
): DeliveryErrorKind {
  if (/^53[045]$/.test(replyCode) || ACCOUNT_STATUS.test(status ?? '') || ACCOUNT_TEXT.test(reply)) {
    return 'misconfigured';
  }
  if (command === 'RCPT TO' || command === 'DATA') return 'rejected';
  // MAIL FROM holds our sender and the message's size; before it, the server knows nothing of the message.
  return command === 'MAIL FROM' && (replyCode === '552' || status === '5.3.4')
    ? 'rejected'
    : 'misconfigured';
}

/** True when the session broke before the message could be accepted, so that it may be sent over a new one. */
export function isLostBeforeAcceptance({ code, reply, finished }: SmtpError): boolean {
  return !finished && (reply === undefined ? LOST.has(code) : reply.startsWith('421'));
}
