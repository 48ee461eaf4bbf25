import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Environment } from '../../lib/settings/settings.js';
import { CommandError } from '../command.js';
import { explainAwsError } from './aws-errors.js';
import { findRegion, NO_REGION } from './region.cjs';

/** For the constructor of any AWS SDK client; credentials are those of the SDK's own default chain. */
export interface ClientConfig {
  readonly region: string;
  readonly profile?: string;
}

/** What an operator may say of where a stage is: `--region` and `--aws-profile`, as for `serverless deploy`. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** An account and region in which the credentials were accepted. */
export interface Account {
  readonly client: ClientConfig;
  readonly id: string;
  /** Of the user or role, without the account. */
  readonly principal: string;
  /** What repeats this choice in another command: `--region eu-west-1`. */
  readonly flags: string;
}

/**
 * Finds region and credentials as AWS's own tools do, and asks AWS whose credentials they are.
 *
 * @throws {CommandError} with one line that says what is missing, expired or wrong, and what to do.
 */
export async function openAccount(options: AwsOptions, environment: Environment): Promise<Account> {
  const { region, profile, isUnknownProfile } = await findRegion(options, environment);
  if (isUnknownProfile) {
    throw new CommandError(
      `The AWS profile "${profile ?? ''}" is in neither ~/.aws/config nor ~/.aws/credentials. See: aws configure list-profiles`,
    );
  }
  if (region === undefined) throw new CommandError(NO_REGION);
  const client = { region, ...(profile !== undefined && { profile }) };
  const { Account: id = '?', Arn = '?' } = await askAws(client, () =>
    new STSClient(client).send(new GetCallerIdentityCommand({})),
  );
  const principal = Arn.split(':').slice(5).join(':');
  const flags = `--region ${region}${options.profile ? ` --aws-profile ${options.profile}` : ''}`;
  return { client, id, principal, flags };
}

/**
 * The operator's region and credentials as a function gets them from Lambda.
 *
 * @param report gets the line that says in which account that is.
 * @throws {CommandError} as {@link openAccount}.
 */
export async function accountEnvironment(
  options: AwsOptions,
  environment: Environment,
  report: (line: string) => void,
): Promise<Environment> {
  const { id, client, principal } = await openAccount(options, environment);
  report(`Account ${id}, region ${client.region}, as ${principal}`);
  const { accessKeyId, secretAccessKey, sessionToken } = await new SSMClient(client).config.credentials();
  return {
    AWS_REGION: client.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

/** Runs calls to AWS. @throws {CommandError} in the place of AWS's errors. */
export async function askAws<T>(client: ClientConfig, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(explainAwsError(error, client), { cause: error });
  }
}
