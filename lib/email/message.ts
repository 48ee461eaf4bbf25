import * as v from 'valibot';
import { Refusal } from '../errors.js';
import { type Message, parseJson, text } from '../ownid/message.js';
import { MAX_BODY_BYTES } from '../ownid/request.js';
import type { VerifiedBody } from '../ownid/signature.js';
import { parseEmailAddress } from '../ownid/email-address.js';
import type { Tag } from './tags.js';

/** One rendered email: to exactly one ASCII address, with a subject of one line and an HTML body. */
export interface EmailMessage extends Message {
  readonly subject: string;
  readonly html: string;
  readonly tags?: readonly Tag[];
}

export const MAX_SUBJECT_LENGTH = 255;

// OwnID documentation, custom email provider: `email`, `subject`, `body`.
const payload = v.object(
  {
    email: v.string('email_missing'),
    subject: text('subject', { maximum: MAX_SUBJECT_LENGTH, forbidden: /[\p{Cc}\p{Zl}\p{Zp}]/u }),
    body: text('body', { maximum: MAX_BODY_BYTES }),
  },
  'not_an_object',
);

/**
 * Parses the body of an email webhook.
 *
 * @throws {Refusal} `malformed`, or `bad_recipient` when `email` is not exactly one address.
 */
export function parseEmail(body: VerifiedBody): EmailMessage {
  const { email, subject, body: html } = parseJson(payload, body);
  try {
    return { to: parseEmailAddress(email), subject, html };
  } catch (cause) {
    throw new Refusal('bad_recipient', (cause as Error).message, { cause });
  }
}

const queued = v.object({
  to: v.string(),
  subject: v.string(),
  html: v.string(),
  tags: v.exactOptional(v.array(v.object({ name: v.string(), value: v.string() }))),
});

/** Reads an email from a queue entry; undefined if it is not one. */
export function readEmail(value: unknown): EmailMessage | undefined {
  const { success, output } = v.safeParse(queued, value);
  return success ? output : undefined;
}
