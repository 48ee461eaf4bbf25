import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { sign } from '../../lib/ownid/signature.js';
import { type OwnIdRequest, ownIdRequest } from '../ownid/ownid.js';

const text = v.optional(v.pipe(v.string(), v.maxLength(300_000)), '');

/** What the page's form asks for: a webhook, and how it is to be sent. */
const formInput = v.object({
  channel: v.picklist(['email', 'sms']),
  app: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{0,64}$/)), ''),
  to: text,
  subject: text,
  body: text,
  variant: v.picklist(['valid', 'wrong_secret', 'stale', 'altered', 'replayed']),
});
export type FormInput = v.InferOutput<typeof formInput>;

/** Returns undefined for anything that the form cannot have sent. */
export function readForm(value: unknown): FormInput | undefined {
  const { success, output } = v.safeParse(formInput, value);
  return success ? output : undefined;
}

/** How a webhook was answered; `id` is the request's. */
export interface FormAnswer {
  readonly id: string;
  readonly status: number;
  readonly latencyMs: number;
}

/** The body of an earlier request, signed afresh. */
export function signedAgain(
  { path, body }: { path: string; body: string },
  options: { secret: KeyObject; now: number },
): OwnIdRequest {
  const timestamp = String(options.now);
  return {
    path,
    headers: {
      'content-type': 'application/json',
      'ownid-timestamp': timestamp,
      'ownid-signature': sign(Buffer.from(body), timestamp, options.secret),
    },
    body,
  };
}

/**
 * The webhooks to post for a form, in turn.
 *
 * @param options.now milliseconds since the Unix epoch.
 */
export function formRequests(input: FormInput, options: { secret: KeyObject; now: number }): OwnIdRequest[] {
  const { channel, app, to, subject, body, variant } = input;
  const payload =
    channel === 'email'
      ? { email: to, subject, body }
      : { phoneNumber: to, messageText: body, code: /\d{4,}/.exec(body)?.[0] ?? '' };
  const request = ownIdRequest({
    channel,
    app,
    payload,
    secret: variant === 'wrong_secret' ? createSecretKey(randomBytes(32)) : options.secret,
    now: variant === 'stale' ? options.now - 5 * 60_000 : options.now,
  });
  switch (variant) {
    case 'altered':
      return [{ ...request, body: alterOneByte(request.body) }];
    case 'replayed':
      return [request, request];
    case 'valid':
    case 'wrong_secret':
    case 'stale':
      return [request];
  }
}

/** Another letter or digit in place of the last: the JSON stays valid, so that only the signature can tell. */
function alterOneByte(body: string): string {
  return body.replace(/[A-Za-z0-9](?=[^A-Za-z0-9]*$)/, (character) => (character === '0' ? '1' : '0'));
}

/** Posts webhooks one after the other, as OwnID would. */
export async function post(requests: readonly OwnIdRequest[], address: string): Promise<FormAnswer[]> {
  const answers: FormAnswer[] = [];
  for (const { path, headers, body } of requests) {
    const startedAt = performance.now();
    const response = await fetch(new URL(path, address), { method: 'POST', headers, body });
    const id = response.headers.get('apigw-requestid') ?? '';
    answers.push({ id, status: response.status, latencyMs: performance.now() - startedAt });
  }
  return answers;
}
