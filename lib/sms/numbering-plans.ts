import metadata from 'libphonenumber-js/mobile/metadata';

/** The numbering plans of libphonenumber-js, as far as they are used here. */
export interface NumberingPlans {
  /** The countries of each calling code, the main one first. */
  readonly country_calling_codes: Readonly<Record<string, readonly string[]>>;
  readonly countries: Readonly<Record<string, NumberingPlan>>;
}

/** libphonenumber-js, METADATA.md, "Country metadata". */
type NumberingPlan = readonly [
  callingCode?: string,
  abroad?: unknown,
  pattern?: string,
  lengths?: readonly number[],
  formats?: unknown,
  nationalPrefix?: unknown,
  formattingRule?: unknown,
  prefixForParsing?: unknown,
  transformRule?: unknown,
  isPrefixOptional?: unknown,
  leadingDigits?: unknown,
  types?: readonly [fixedLine?: unknown, mobile?: readonly [pattern?: string, lengths?: readonly number[]]],
];

/**
 * The plans of mobile numbers by which to judge a number in E.164. Here they are those of all countries; in a bundle,
 * `tools/build` keeps those of the stage's countries, and others are read from a file when a number needs them.
 */
export const plansFor: (number: string) => NumberingPlans = () => metadata as unknown as NumberingPlans;
