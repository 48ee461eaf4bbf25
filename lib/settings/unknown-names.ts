import { type Environment, settingName } from './settings.js';
import { SETTINGS } from './table.js';

const NAMES = Object.keys(SETTINGS);
/** A name that begins with `EMAIL_`, `SMTP_` and so on is meant as a setting, unless the stack itself sets it. */
const FAMILIES = new Set(NAMES.map(family));
const OF_THE_STACK = new Set(['STATE_TABLE']);
/** With more mistyped letters than this, another word was meant. */
const MAXIMUM_SLIPS = 2;

/**
 * Names in a function's environment that look like settings but are not, as faults. An operator who writes
 * `SMS_DAILY_LIMITS` would otherwise learn from the phone bill that the default is in force.
 */
export function unknownNames(environment: Environment): string[] {
  return Object.keys(environment).flatMap((name) => {
    if (settingName(name) !== undefined || OF_THE_STACK.has(name)) return [];
    return FAMILIES.has(family(name)) || nearest(name) !== undefined ? [notASetting(name)] : [];
  });
}

/** The setting that a name was probably meant to be; undefined if it is a setting, or resembles none. */
export function meantSetting(name: string): string | undefined {
  const meant = nearest(name) ?? withSecondUnderscore(name);
  return meant === name ? undefined : meant;
}

/** The fault to report for a name that is not a setting. */
export function notASetting(name: string, consequence = ''): string {
  const meant = nearest(name) ?? withSecondUnderscore(name);
  return `${name} is not a setting${consequence}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** `EMAIL_` for `EMAIL_FROM`; empty for a name without an underscore. */
function family(name: string): string {
  return name.slice(0, name.indexOf('_') + 1);
}

function nearest(name: string): string | undefined {
  const [base = '', ...app] = name.split('__');
  const candidates = NAMES.filter((candidate) => candidate.startsWith(base.charAt(0)))
    .filter((candidate) => Math.abs(candidate.length - base.length) <= MAXIMUM_SLIPS)
    .map((candidate) => ({ candidate, slips: slipsBetween(base, candidate) }))
    .filter(({ slips }) => slips <= MAXIMUM_SLIPS)
    .sort((a, b) => a.slips - b.slips);
  return candidates[0] && [candidates[0].candidate, ...app.map((part) => part.toUpperCase())].join('__');
}

/** `EMAIL_FROM__SHOP` for `EMAIL_FROM_SHOP`. */
function withSecondUnderscore(name: string): string | undefined {
  const base = NAMES.filter((candidate) => name.startsWith(`${candidate}_`)).sort(
    (a, b) => b.length - a.length,
  )[0];
  return base && `${base}__${name.slice(base.length + 1)}`;
}

/** How many letters were left out, added, changed, or swapped with their neighbour (optimal string alignment). */
export function slipsBetween(text: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= text.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = (last[j - 1] ?? 0) + (text[i - 1] === other[j - 1] ? 0 : 1);
      const isSwapped = text[i - 1] === other[j - 2] && text[i - 2] === other[j - 1];
      const swapped = isSwapped ? (beforeLast[j - 2] ?? 0) + 1 : Infinity;
      row[j] = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, changed, swapped);
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? Infinity;
}
