import type { RawRequest } from '../ownid/request.js';

/** A label that an operator gives their own emails, to tell them apart in the provider's statistics. */
export interface Tag {
  readonly name: string;
  readonly value: string;
}

const PREFIX = 'x-otp-tag-';
const MAXIMUM_TAGS = 10;
// What every provider accepts: Amazon SES allows ASCII letters, digits, `_` and `-`; SendGrid ten categories; Mandrill
// 50 characters, here `name:value`, not starting with an underscore.
const NAME = /^[a-z0-9][a-z0-9_-]{0,15}$/;
const VALUE = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Reads the custom headers `x-otp-tag-<name>: <value>` that an operator has OwnID send. They are not signed, so a tag
 * that is malformed, repeated or beyond the tenth is left out, and the email is sent without it: no tag may decide
 * whether a user gets their code.
 */
export function parseTags(request: RawRequest): readonly Tag[] {
  return [...request.headersWithPrefix(PREFIX)]
    .map(([name, value]) => ({ name, value }))
    .filter(({ name, value }) => NAME.test(name) && VALUE.test(value))
    .slice(0, MAXIMUM_TAGS);
}

/** A tag for a provider that has only plain labels. */
export function toLabel({ name, value }: Tag): string {
  return `${name}:${value}`;
}
