import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import parsePhoneNumber, { type MetadataJson } from 'libphonenumber-js/core';
import examples from 'libphonenumber-js/mobile/examples';
import metadata from 'libphonenumber-js/mobile/metadata';
import { entityTable, errorsInUse, phoneMetadata } from '../../../tools/build/plugins.js';

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

describe('the metadata of phone numbers without formats', () => {
  let lean: MetadataJson;
  beforeAll(async () => {
    const { default: value } = await exportsOf(
      require
        .resolve('libphonenumber-js/mobile/metadata')
        .replace(/metadata\.mobile\.json.*$/, 'metadata.mobile.json.js'),
      phoneMetadata,
    );
    lean = value as MetadataJson;
  });

  const judge = (number: string, data: MetadataJson) => {
    const parsed = parsePhoneNumber(number, data);
    return { number: parsed?.number, country: parsed?.country, isValid: parsed?.isValid() };
  };
  const countries = Object.keys(metadata.countries) as (keyof typeof examples)[];
  const callingCodes = [
    ...Object.keys(metadata.country_calling_codes),
    ...Object.keys(metadata.nonGeographic),
  ];

  test('is half of it', () => {
    expect(JSON.stringify(lean).length).toBeLessThan(0.55 * JSON.stringify(metadata).length);
  });

  test("every country's example is judged the same, whatever its last digits", () => {
    expect(countries.length).toBeGreaterThan(200);
    for (const country of countries) {
      const [callingCode] = metadata.countries[country] as unknown as [string];
      for (const ending of ['', '0', '7', '42', '999']) {
        const number = `+${callingCode}${examples[country].slice(0, -ending.length || undefined)}${ending}`;
        expect([number, judge(number, lean)]).toEqual([number, judge(number, metadata)]);
      }
    }
  });

  test('any number is judged the same', () => {
    const digits = fc.stringMatching(/^\d{3,13}$/);
    fc.assert(
      fc.property(fc.constantFrom(...callingCodes), digits, (callingCode, rest) => {
        const number = `+${callingCode}${rest}`;
        expect(judge(number, lean)).toEqual(judge(number, metadata));
      }),
      { numRuns: 3000 },
    );
  });
});

test('the table of entities is the same unpacked', async () => {
  const html = createRequire(require.resolve('htmlparser2'));
  const module = html.resolve('entities/decode').replace(/decode\.js$/, 'generated/decode-data-html.js');
  const { htmlDecodeTree: original } = (await import(pathToFileURL(module).href)) as {
    htmlDecodeTree: Uint16Array;
  };
  const { htmlDecodeTree } = (await exportsOf(module, entityTable)) as { htmlDecodeTree: Uint16Array };
  expect(original.length).toBeGreaterThan(10_000);
  expect([...htmlDecodeTree]).toEqual([...original]);
});

test.each([
  ['ses', 'MessageRejected', 'AlreadyExistsException'],
  ['sns', 'InvalidParameterException', 'TopicLimitExceededException'],
  ['ssm', 'InvalidKeyId', 'AutomationStepNotFoundException'],
  ['sqs', 'QueueDoesNotExist', 'QueueNameExists'],
  ['dynamodb', 'ConditionalCheckFailedException', 'BackupInUseException'],
])('of the errors of %s those of our calls are kept', async (service, kept, dropped) => {
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
