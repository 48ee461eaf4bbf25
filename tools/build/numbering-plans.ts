import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import metadata from 'libphonenumber-js/mobile/metadata';

/**
 * Keeps the plans of the countries that a stage sends SMS to, together with those that share their calling codes. The
 * plans of all lie in a file beside the bundle, which is read when another number comes in. How numbers are written,
 * which is half of the metadata, is never asked for; text is parsed faster than code.
 *
 * @param allowed ISO 3166 codes.
 */
export function numberingPlans(allowed: readonly string[]): Plugin {
  return {
    name: 'numbering-plans',
    setup: (bundler) => {
      bundler.onLoad({ filter: /[\\/]lib[\\/]sms[\\/]numbering-plans\.ts$/ }, ({ path }) => ({
        contents: `
          import { readFileSync } from 'node:fs';
          import file from 'numbering-plans:all';
          const own = JSON.parse(${JSON.stringify(JSON.stringify(plansOf(allowed)))});
          let all;
          export const plansFor = (number) =>
            [2, 3, 4].some((end) => number.slice(1, end) in own.country_calling_codes)
              ? own
              : (all ??= JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')));`,
        resolveDir: dirname(path),
        loader: 'js',
      }));
      bundler.onResolve({ filter: /^numbering-plans:all$/ }, () => ({
        path: 'plans.json',
        namespace: 'numbering-plans',
      }));
      bundler.onLoad({ filter: /./, namespace: 'numbering-plans' }, () => ({
        contents: JSON.stringify(plansOf('*')),
        loader: 'file',
      }));
    },
  };
}

/** Where a numbering plan has its formats (libphonenumber-js, METADATA.md). */
const FORMATS = 4;

function plansOf(allowed: readonly string[] | '*') {
  const { country_calling_codes: codes, countries, nonGeographic } = metadata as unknown as PhoneMetadata;
  const kept = Object.entries(codes).filter(
    ([, users]) => allowed === '*' || users.some((country) => allowed.includes(country)),
  );
  const plans = kept.flatMap(([, users]) => users).map((country) => [country, countries[country]] as const);
  const withoutFormats = (entries: readonly (readonly [string, readonly unknown[] | undefined])[]) =>
    Object.fromEntries(entries.map(([name, plan]) => [name, plan?.with(FORMATS, 0)]));
  return {
    ...metadata,
    country_calling_codes: Object.fromEntries(kept),
    countries: withoutFormats(plans),
    nonGeographic: withoutFormats(allowed === '*' ? Object.entries(nonGeographic) : []),
  };
}

interface PhoneMetadata {
  /** The countries of each calling code, the main one first. */
  readonly country_calling_codes: Readonly<Record<string, readonly string[]>>;
  readonly countries: Readonly<Record<string, readonly unknown[]>>;
  readonly nonGeographic: Readonly<Record<string, readonly unknown[]>>;
}
