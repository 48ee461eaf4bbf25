import type { Format } from './formats.js';

/** Values by ISO 3166 country code; `*` has the value for all other countries. */
export type ByCountry<T> = ReadonlyMap<string, T | undefined>;

export const NO_VALUE: ByCountry<never> = new Map();

/** The value for a country; undefined if it has none. */
export function forCountry<T>(values: ByCountry<T>, country: string): T | undefined {
  return values.has(country) ? values.get(country) : values.get('*');
}

/** The providers of all routes, each once. */
export function allProviders<T>(routes: ByCountry<readonly T[]>): T[] {
  return [...new Set([...routes.values()].flatMap((route) => route ?? []))];
}

/**
 * One value for all countries, or several: `Acme, GB=AcmeUK, US=` is `AcmeUK` in the United Kingdom, none in the United
 * States and `Acme` elsewhere. `*=Acme` is the same as `Acme`. A value may contain commas if `format` takes a list:
 * `sns, US=eum,twilio` is `sns`, and `eum,twilio` in the United States.
 */
export function byCountry<T>(format: Format<T>): Format<ByCountry<T>> {
  return (text) => {
    const texts = new Map<string, string[]>();
    let country = '*';
    for (const item of text.split(',')) {
      const [, code, first] = /^\s*([A-Z]{2}|\*)=(.*)$/s.exec(item) ?? [];
      country = code ?? country;
      if (code !== undefined && texts.has(code)) throw new Error(`must not name ${code} twice`);
      texts.set(country, [...(texts.get(country) ?? []), (first ?? item).trim()]);
    }
    return new Map(
      [...texts].map(([key, items]) => [key, items.join() === '' ? undefined : format(items.join())]),
    );
  };
}

/** Like {@link byCountry}, but every country must have a value. */
export function routeByCountry<T>(format: Format<T>): Format<ReadonlyMap<string, T>> {
  return (text) => {
    const values = byCountry(format)(text);
    const complete = [...values].flatMap(([country, value]) =>
      value === undefined ? [] : [[country, value] as const],
    );
    if (complete.length < values.size || !values.has('*')) {
      throw new Error('must name a provider for each country, and for all others as in US=eum, *=sns');
    }
    return new Map(complete);
  };
}
