import { type KeyObject, X509Certificate } from 'node:crypto';
import { parseEmailAddress } from '../ownid/email-address.js';
import type { RequiredHeader } from '../ownid/required-header.js';
import { decodeSecret } from '../ownid/signature.js';

/** Reads a setting's text. Throws an `Error` that says what the text must be, and never repeats it. */
export type Format<T> = (text: string) => T;

/** Text that matches `pattern`; `rule` completes the sentence "SETTING must be …". */
export function matching(pattern: RegExp, rule: string): Format<string> {
  return (text) => {
    if (!pattern.test(text)) throw new Error(`must be ${rule}`);
    return text;
  };
}

export function oneOf<const T extends string>(values: readonly T[]): Format<T> {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    if (value === undefined) throw new Error(`must be one of: ${values.join(', ')}`);
    return value;
  };
}

export function integer(minimum: number, maximum: number): Format<number> {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < minimum || value > maximum) {
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  };
}

/** A comma-separated list of at least one value, without repetitions. */
export function listOf<T>(format: Format<T>): Format<readonly T[]> {
  return (text) => {
    const values = text.split(',').map((item) => format(item.trim()));
    if (new Set(values).size !== values.length) throw new Error('must not name anything twice');
    return values;
  };
}

/** One secret, or `current,previous` while it is being rotated. */
export const sharedSecrets: Format<readonly [KeyObject, ...KeyObject[]]> = (text) => {
  const [current = '', previous, ...others] = text.split(',').map((secret) => secret.trim());
  if (others.length > 0) throw new Error('must be one secret, or two as current,previous');
  return [decodeSecret(current), ...(previous === undefined ? [] : [decodeSecret(previous)])];
};

export const emailAddress: Format<string> = (text) => {
  try {
    return parseEmailAddress(text);
  } catch (cause) {
    throw new Error('must be one email address, without a display name', { cause });
  }
};

/** A password or key as its issuer shows it: inner spaces are significant, control characters are a copying mistake. */
export const secretText = matching(/^(?!.*\p{Cc}).{1,1024}$/u, 'at most 1024 characters on one line');

const LOOPBACK = new Set(['127.0.0.1', 'localhost']);

/** The origin of an HTTP API, over HTTPS except on this machine. */
export const endpoint: Format<URL> = (text) => {
  const rule = 'must be an https URL of a host alone, such as https://api.example.com';
  if (!URL.canParse(text)) throw new Error(rule);
  const url = new URL(text);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!secure || url.href !== `${url.origin}/`) throw new Error(rule);
  return url;
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * One or more certificates in PEM; a backslash and `n` may stand for a line break, as in files with one line per value.
 */
export const certificates: Format<string> = (text) => {
  const pem = text.replaceAll('\\n', '\n');
  const blocks = pem.match(CERTIFICATE) ?? [];
  try {
    blocks.forEach((block) => new X509Certificate(block));
  } catch (cause) {
    throw new Error('must be certificates in PEM format', { cause });
  }
  if (blocks.length === 0) throw new Error('must be certificates in PEM format');
  return blocks.join('\n');
};

/** `name: value`. The value may not contain a comma, since commas join repeated headers. */
export const requiredHeader: Format<RequiredHeader> = (text) => {
  const [, name, value] =
    /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x21-\x2b\x2d-\x7e][\x20-\x2b\x2d-\x7e]{0,1023})$/.exec(
      text,
    ) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error('must be one header as name: value, in ASCII, without a comma in the value');
  }
  return { name: name.toLowerCase(), value };
};

/** `*` alone, or ISO 3166 codes. */
export const countries: Format<ReadonlySet<string> | '*'> = (text) => {
  if (text === '*') return text;
  const code = matching(
    /^[A-Z]{2}$/,
    '* or a list of two-letter country codes in capitals, such as US,CA,GB',
  );
  return new Set(listOf(code)(text));
};

/** A maximum, or `*` for no limit. */
export const limit: Format<number | '*'> = (text) => {
  if (text === '*') return text;
  if (!/^\d{1,9}$/.test(text)) throw new Error('must be a whole number, or * for no limit');
  return Number(text);
};

/** One email address, or a whole domain as `@example.com`. */
export const addressOrDomain: Format<string> = (text) => {
  try {
    return text.startsWith('@') ? parseEmailAddress(`a${text}`).slice(1) : parseEmailAddress(text);
  } catch (cause) {
    throw new Error('must be a list of email addresses and domains, such as @example.com', { cause });
  }
};
