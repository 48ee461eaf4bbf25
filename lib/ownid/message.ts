import * as v from 'valibot';
import { Refusal } from '../errors.js';
import type { VerifiedBody } from './signature.js';

/** What every channel's message has: its recipient, and the country of a phone number that belongs to one. */
export interface Message {
  readonly to: string;
  readonly country?: string | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Text that survives every provider's encoding: well-formed Unicode of 1 to `maximum` UTF-16 units that does not match
 * `forbidden`. The reason of a refusal begins with `name` (`subject_too_long`).
 */
export function text(name: string, options: { maximum: number; forbidden?: RegExp }) {
  return v.pipe(
    v.string(`${name}_missing`),
    v.minLength(1, `${name}_empty`),
    v.maxLength(options.maximum, `${name}_too_long`),
    v.check((value) => value.isWellFormed(), `${name}_malformed`),
    v.check((value) => options.forbidden?.test(value) !== true, `${name}_control_character`),
  );
}

/**
 * Reads a verified body as JSON of the given schema; members that the schema does not name are ignored.
 *
 * @throws {Refusal} `malformed`, with the schema's message for the first fault as its reason, or `<member>_missing`.
 */
export function parseJson<S extends v.GenericSchema>(schema: S, body: VerifiedBody): v.InferOutput<S> {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new Refusal('malformed', 'not_json', { cause });
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) throw new Refusal('malformed', reasonOf(result.issues[0]));
  return result.output;
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  const member = v.getDotPath(issue);
  // valibot reports a missing member as a fault of the object, with the object's message.
  if (issue.type !== 'object' || member === null) return issue.message;
  return `${member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_missing`;
}
