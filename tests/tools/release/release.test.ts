import { readFile, readdir, rm } from 'node:fs/promises';
import { runTool } from '../../support/serverless.js';
import { completeSettings, stageFiles } from '../../support/stage-files.js';

const files = stageFiles();
const root = new URL('../../../', import.meta.url);
const folder = new URL(`release/${files.stage}/`, root);
afterAll(async () => {
  await Promise.all([files.remove(), rm(folder, { recursive: true, force: true })]);
});

interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Resources: Readonly<Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}
const read = async (path: URL) => JSON.parse(await readFile(path, 'utf8')) as Template;

/** As CloudFormation resolves references to parameters that were left alone. */
function withDefaults(value: unknown, parameters: NonNullable<Template['Parameters']>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withDefaults(item, parameters));
  const { Ref, ...others } = value as Record<string, unknown>;
  const parameter = typeof Ref === 'string' ? parameters[Ref] : undefined;
  if (parameter !== undefined && Object.keys(others).length === 0) return parameter.Default;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withDefaults(item, parameters)]),
  );
}

test('a release makes what serverless deploy makes, without its bucket, and is complete', async () => {
  await files.write(completeSettings(files.stage));
  const { code, printed } = await runTool('tools/release/main.ts', ['--stage', files.stage], {});
  expect(printed).toContain(`release/${files.stage}/ holds template.json and the zips`);
  expect(code).toBe(0);
  const released = await read(new URL('template.json', folder));
  // Of the same run: what `serverless deploy` would hand to CloudFormation.
  const deployed = await read(new URL('.serverless/cloudformation-template-update-stack.json', root));

  const { Parameters = {} } = released;
  const comparable = (resources: Template['Resources']) =>
    Object.fromEntries(
      Object.entries(resources)
        .filter(([name]) => !name.startsWith('ServerlessDeploymentBucket'))
        .map(([name, { Properties, ...rest }]) => {
          const { Code, ...properties } = Properties;
          return [name, { ...rest, Properties: properties, hasCode: Code !== undefined }];
        }),
    );
  expect(withDefaults(comparable(released.Resources), Parameters)).toEqual(comparable(deployed.Resources));
  const { ServerlessDeploymentBucketName, ...outputs } = deployed.Outputs;
  expect(ServerlessDeploymentBucketName).toBeDefined();
  expect(released.Outputs).toEqual(outputs);
  expect(Object.keys(Parameters).sort()).toEqual([
    'ArtifactBucket',
    'ArtifactPrefix',
    'LogRetentionInDays',
    'MemorySize',
    'RetryConcurrency',
    'ThrottleBurst',
    'ThrottleRate',
  ]);

  const present = await readdir(folder);
  const named = [...JSON.stringify(released).matchAll(/\$\{ArtifactPrefix\}([\w.-]+\.zip)/g)].map(
    ([, name]) => name,
  );
  expect(named).toHaveLength(3);
  expect(present.sort()).toEqual([...named, 'template.json'].sort());
}, 120_000);
