import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParametersCommand, type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import { type AppEnvironment, parameterName, splitApps } from '../../lib/settings/settings.js';
import { SETTINGS } from '../../lib/settings/table.js';
import { readStageFile } from './stage.js';

/** A deployed stage, seen with the operator's own credentials. What needs AWS is asked once, when first needed. */
export interface StageContext {
  readonly stage: string;
  /** Of the functions, the metrics and the stack: `otp-relay-<stage>`. */
  readonly service: string;
  readonly client: ClientConfig;
  readonly apps: readonly AppEnvironment[];
  /** The values behind the settings' references, by parameter name. Those that do not exist are missing. */
  readonly parameters: () => Promise<ReadonlyMap<string, Parameter>>;
  /** The stack's outputs by key. */
  readonly outputs: () => Promise<Readonly<Record<string, string>>>;
}

/** For the constructor of any AWS SDK client; credentials are those of the SDK's own default chain. */
export interface ClientConfig {
  readonly region: string;
}

/** Amazon SSM API reference, GetParameters: at most ten names a call. */
const BATCH = 10;

/** @throws {SettingsError} when the stage has no settings file. */
export async function createStageContext(stage: string, client: ClientConfig): Promise<StageContext> {
  const service = `otp-relay-${stage}`;
  // What serverless.yml sets where the file does not: resources/environment.yml.
  const apps = splitApps({ SES_CONFIGURATION_SET: service, ...(await readStageFile(stage)) });
  return {
    stage,
    service,
    client,
    apps,
    parameters: once(() => fetchParameters(client, references(apps))),
    outputs: once(() => describeOutputs(client, service)),
  };
}

/** Runs `action` when it is first asked for; later calls get the same promise. */
function once<T>(action: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= action());
}

function references(apps: readonly AppEnvironment[]): string[] {
  const found = apps.flatMap(({ values }) =>
    Object.keys(SETTINGS).flatMap((name) => parameterName(values[name]?.trim()) ?? []),
  );
  return [...new Set(found)];
}

async function fetchParameters(
  client: ClientConfig,
  names: readonly string[],
): Promise<ReadonlyMap<string, Parameter>> {
  const ssm = new SSMClient(client);
  const found = new Map<string, Parameter>();
  for (let index = 0; index < names.length; index += BATCH) {
    const command = new GetParametersCommand({
      Names: names.slice(index, index + BATCH),
      WithDecryption: true,
    });
    const { Parameters = [] } = await ssm.send(command);
    for (const parameter of Parameters) found.set(parameter.Name ?? '', parameter);
  }
  return found;
}

async function describeOutputs(client: ClientConfig, stack: string): Promise<Record<string, string>> {
  const { Stacks = [] } = await new CloudFormationClient(client).send(
    new DescribeStacksCommand({ StackName: stack }),
  );
  return Object.fromEntries(
    Stacks.flatMap(({ Outputs = [] }) =>
      Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const),
    ),
  );
}
