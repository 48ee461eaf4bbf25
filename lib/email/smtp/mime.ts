import { encodeWords } from '../encoded-words.js';
import type { EmailMessage } from '../message.js';
import { toPlainText } from '../plain-text.js';
import type { Sender } from '../sender.js';
import { toLabel } from '../tags.js';

export interface Mail {
  /** As in the `Message-ID` header, with its angle brackets. */
  readonly messageId: string;
  readonly source: Buffer;
}

/** One email as it goes over the wire (RFC 5322, RFC 2045): plain text and HTML, each in base64 to stay as it is. */
export async function composeMail(
  { to, subject, html, tags = [] }: EmailMessage,
  { from, name = '', replyTo }: Sender,
): Promise<Mail> {
  const { default: MimeNode } = await import('nodemailer/lib/mime-node');
  const root = new MimeNode('multipart/alternative', { disableFileAccess: true, disableUrlAccess: true });
  root.setHeader('From', { name, address: from });
  root.setHeader('To', { address: to });
  if (replyTo !== undefined) root.setHeader('Reply-To', { address: replyTo });
  root.setHeader('Subject', { prepared: true, foldLines: true, value: encodeSubject(subject) });
  // RFC 3834: keeps out-of-office replies away.
  root.setHeader('Auto-Submitted', 'auto-generated');
  if (tags.length > 0) root.setHeader('X-OTP-Tags', tags.map(toLabel).join(' '));

  const parts = { 'text/plain': toPlainText(html), 'text/html': html };
  for (const [type, content] of Object.entries(parts)) {
    root
      .createChild(`${type}; charset=utf-8`)
      .setHeader('Content-Transfer-Encoding', 'base64')
      .setContent(content);
  }
  return { messageId: root.messageId(), source: await root.build() };
}

/** Encoded words, except for plain words that no reader could take for an encoded one, or for folding. */
function encodeSubject(subject: string): string {
  const plain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(subject) && !subject.includes('=?');
  return plain ? subject : encodeWords(subject);
}
