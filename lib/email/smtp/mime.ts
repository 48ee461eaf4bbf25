import type { EmailMessage } from '../message.js';
import { toPlainText } from '../plain-text.js';
import type { Sender } from '../sender.js';
import { toLabel } from '../tags.js';

export interface Mail {
  /** As in the `Message-ID` header, with its angle brackets. */
  readonly messageId: string;
  readonly source: Buffer;
}

/**
 * One email as it goes over the wire (RFC 5322, RFC 2045): plain text and HTML, each in base64 so that no server alters
 * it.
 *
 * @param id identifies the message. The Message-ID is made from it, so that a mailbox can drop the second copy of a
 *   message that is sent twice.
 */
export async function composeMail(
  { to, subject, html, tags = [] }: EmailMessage,
  { from, name = '', replyTo }: Sender,
  id: string,
): Promise<Mail> {
  const { default: MimeNode } = await import('nodemailer/lib/mime-node');
  const { encodeWord } = await import('nodemailer/lib/mime-funcs');
  const messageId = `<${id}${from.slice(from.indexOf('@'))}>`;
  const parts = [
    { type: 'text/plain', content: toPlainText(html) },
    { type: 'text/html', content: html },
  ].filter(({ content }) => content !== '');

  const root = new MimeNode('multipart/alternative', { disableFileAccess: true, disableUrlAccess: true });
  root.setHeader('From', { name, address: from });
  root.setHeader('To', { address: to });
  if (replyTo !== undefined) root.setHeader('Reply-To', { address: replyTo });
  // nodemailer itself would leave encoded-looking text as it is, drop spaces at the ends, and fold before a long first
  // word.
  const value = PLAIN.test(subject) ? subject : encodeWord(subject, 'B', MAXIMUM_ENCODED_WORD);
  root.setHeader('Subject', { prepared: true, foldLines: true, value });
  // RFC 3834: keeps out-of-office replies away.
  root.setHeader('Auto-Submitted', 'auto-generated');
  if (tags.length > 0) root.setHeader('X-OTP-Tags', tags.map(toLabel).join(' '));
  root.setHeader('Message-ID', messageId);

  for (const { type, content } of parts) {
    root
      .createChild(`${type}; charset=utf-8`)
      .setHeader('Content-Transfer-Encoding', 'base64')
      .setContent(content);
  }
  return { messageId, source: await root.build() };
}

/** Words that cannot be taken for an encoded word, and that fit on a line of 76 with the field's name. */
const PLAIN = /^(?!.*=\?)[\x21-\x7e]{1,60}(?: [\x21-\x7e]{1,60})*$/;
/** Fits on a line of 76 with the field's name before it. */
const MAXIMUM_ENCODED_WORD = 52;
