import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import parsePhoneNumber, { type MetadataJson } from 'libphonenumber-js/core';
import examples from 'libphonenumber-js/mobile/examples';
import metadata from 'libphonenumber-js/mobile/metadata';

import { numberingPlans } from '../../../tools/build/numbering-plans.js';
import { errorsInUse } from '../../../tools/build/plugins.js';

const require = createRequire(import.meta.url);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otp-relay-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a module exports once a plugin has had its way with it. */
async function exportsOf(module: string, plugin: Plugin): Promise<Record<string, unknown>> {
  const outfile = join(folder, `${Math.random()}.mjs`);
  await build({
    entryPoints: [module],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    plugins: [plugin],
    logLevel: 'silent',
  });
  return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
}

describe("a stage's numbering plans", () => {
  const countries = Object.keys(metadata.countries) as (keyof typeof examples)[];
  const callingCodes = [
    ...Object.keys(metadata.country_calling_codes),
    ...Object.keys(metadata.nonGeographic),
  ];
  const judge = (number: string, plans: MetadataJson) => {
    const parsed = parsePhoneNumber(number, plans);
    return {
      number: parsed?.number,
      country: parsed?.country,
      isValid: parsed?.isValid(),
      type: parsed?.getType(),
    };
  };
  const plansOf = async (allowed: readonly string[]) => {
    const module = fileURLToPath(new URL('../../../lib/sms/numbering-plans.ts', import.meta.url));
    return (await exportsOf(module, numberingPlans(allowed))) as {
      plansFor: (number: string) => MetadataJson;
    };
  };

  test('contain the listed countries, those that share their calling codes, and no others', async () => {
    const { plansFor } = await plansOf(['CA', 'FR']);
    const own = plansFor('+33612345678');
    expect(Object.keys(own.country_calling_codes)).toEqual(['1', '33']);
    expect(Object.keys(own.countries)).toEqual(expect.arrayContaining(['US', 'CA', 'FR', 'JM']));
    expect(Object.keys(own.countries)).not.toContain('DE');
    expect(plansFor('+14165550123')).toBe(own);
    expect(Object.keys(plansFor('+491711234567').countries)).toHaveLength(countries.length);
  });

  test.each([[['US', 'GB']], [[]]])(
    "for %j judge every country's example number as all plans do, whatever its last digits",
    async (allowed) => {
      const { plansFor } = await plansOf(allowed);
      expect(countries.length).toBeGreaterThan(200);
      for (const country of countries) {
        const [callingCode] = metadata.countries[country] as unknown as [string];
        for (const ending of ['', '0', '7', '42', '999']) {
          const number = `+${callingCode}${examples[country].slice(0, -ending.length || undefined)}${ending}`;
          expect([number, judge(number, plansFor(number))]).toEqual([number, judge(number, metadata)]);
        }
      }
    },
  );

  test('judge any number as all plans do', async () => {
    const { plansFor } = await plansOf(['US', 'IT', 'KZ']);
    const digits = fc.stringMatching(/^\d{3,13}$/);
    fc.assert(
      fc.property(fc.constantFrom(...callingCodes), digits, (callingCode, rest) => {
        const number = `+${callingCode}${rest}`;
        expect(judge(number, plansFor(number))).toEqual(judge(number, metadata));
      }),
      { numRuns: 3000 },
    );
  });
});

test.each([
  ['ses', 'MessageRejected', 'AlreadyExistsException'],
  ['sns', 'InvalidParameterException', 'TopicLimitExceededException'],
  ['ssm', 'InvalidKeyId', 'AutomationStepNotFoundException'],
  ['sqs', 'QueueDoesNotExist', 'QueueNameExists'],
  ['dynamodb', 'ConditionalCheckFailedException', 'BackupInUseException'],
])('of the errors of %s, those of our calls are kept', async (service, kept, dropped) => {
  const module = require
    .resolve(`@aws-sdk/client-${service}`)
    .replace(/dist-cjs.*$/, 'dist-es/schemas/schemas_0.js');
  expect(readFileSync(module, 'utf8')).toContain(`registerError(${dropped}$`);
  const { errorTypeRegistries } = (await exportsOf(module, errorsInUse)) as {
    errorTypeRegistries: {
      namespace: string;
      find(test: (schema: readonly [unknown, unknown, string]) => boolean): unknown;
    }[];
  };
  const names: string[] = [];
  for (const registry of errorTypeRegistries) {
    registry.find(([, , name]) => {
      names.push(name);
      return false;
    });
  }
  expect(names).toContain(kept);
  expect(names).not.toContain(dropped);
});
