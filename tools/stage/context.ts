import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParametersCommand, type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import {
  type AppEnvironment,
  type Environment,
  parameterName,
  splitApps,
} from '../../lib/settings/settings.js';
import { SETTINGS } from '../../lib/settings/table.js';
import { CommandError } from '../command.js';
import { type Account, askAws, type AwsOptions, type ClientConfig, openAccount } from './account.js';
import { stageUse, type StageUse } from '../serverless/stage-use.cjs';
import { type StackParameters } from './stack-parameters.cjs';
import { readStack, readStageFile } from './stage.js';

/** A deployed stage, seen with the operator's own credentials. What needs AWS is asked once, when first needed. */
export interface StageContext {
  readonly stage: string;
  /** The stack's name, with which those of its functions and alarms begin: `otp-relay-<stage>`. */
  readonly service: string;
  readonly stack: StackParameters;
  readonly account: Account;
  readonly client: ClientConfig;
  /** What repeats the choice of stage and region in another command: `--stage prod --region eu-west-1`. */
  readonly flags: string;
  readonly apps: readonly AppEnvironment[];
  /** What of the stack its settings use. */
  readonly use: StageUse;
  /** The values behind the settings' references, by parameter name. Those that do not exist are missing. */
  readonly parameters: () => Promise<ReadonlyMap<string, Parameter>>;
  /** The stack's outputs by key. */
  readonly outputs: () => Promise<Readonly<Record<string, string>>>;
}

/** Amazon SSM API reference, GetParameters: at most ten names a call. */
const BATCH = 10;

/**
 * Opens a stage in the account and region that the operator's options, environment and profile say.
 *
 * @param report gets the line that says which account and region these are.
 * @throws {SettingsError} when the stage has no settings file.
 * @throws {CommandError} when AWS does not let the operator in.
 */
export async function openStage(
  stage: string,
  options: AwsOptions,
  environment: Environment,
  report: (line: string) => void,
): Promise<StageContext> {
  const file = await readStageFile(stage);
  const stack = readStack(stage);
  const service = `${stack.service}-${stage}`;
  // What the stack sets where the file does not: resources/environment.cjs.
  const settings = { SES_CONFIGURATION_SET: service, ...file };
  const region = options.region === undefined || options.region === '' ? stack.region : options.region;
  const account = await openAccount({ ...options, region }, environment);
  const { client } = account;
  const apps = splitApps(settings);
  report(`Account ${account.id}, region ${client.region}, stage ${stage}, as ${account.principal}`);
  const flags = `--stage ${stage} ${account.flags}`;
  return {
    stage,
    service,
    stack,
    account,
    client,
    flags,
    apps,
    use: stageUse(settings),
    parameters: once(() => fetchParameters(client, references(apps))),
    outputs: once(() => describeOutputs(account, service, flags)),
  };
}

/** Parameters as settings are read with them. */
export function valuesOf(parameters: ReadonlyMap<string, Parameter>): ReadonlyMap<string, string> {
  return new Map([...parameters].map(([name, { Value = '' }]) => [name, Value]));
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

/** Reads parameters, decrypted. Those that do not exist are missing. Throws a {@link CommandError}. */
export function fetchParameters(
  client: ClientConfig,
  names: readonly string[],
): Promise<ReadonlyMap<string, Parameter>> {
  return askAws(client, async () => {
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
  });
}

function describeOutputs(account: Account, stack: string, flags: string): Promise<Record<string, string>> {
  const { client, id } = account;
  return askAws(client, async () => {
    const command = new DescribeStacksCommand({ StackName: stack });
    const { Stacks = [] } = await new CloudFormationClient(client).send(command).catch((error: unknown) => {
      // AWS CloudFormation API reference, DescribeStacks: a ValidationError is its word for a stack that is not there.
      if ((error as Error).name !== 'ValidationError') throw error;
      return { Stacks: [] };
    });
    if (Stacks.length === 0) {
      throw new CommandError(
        `There is no stack ${stack} in account ${id}, region ${client.region}. Deploy it: npx serverless deploy ${flags}`,
      );
    }
    return Object.fromEntries(
      Stacks.flatMap(({ Outputs = [] }) =>
        Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const),
      ),
    );
  });
}
