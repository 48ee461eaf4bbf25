import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Environment } from '../../lib/settings/settings.js';
import { askAws } from './account.js';
import type { StageContext } from './context.js';

/**
 * The environment of a stage's deployed functions; undefined where nothing is deployed.
 *
 * @throws {CommandError} when AWS does not let the operator in.
 */
export function deployedSettings({ client, service }: StageContext): Promise<Environment | undefined> {
  return askAws(client, async () => {
    try {
      // The worker has the settings of both channels, and every stage has a worker.
      const command = new GetFunctionCommand({ FunctionName: `${service}-retry` });
      const { Configuration } = await new LambdaClient(client).send(command);
      return Configuration?.Environment?.Variables ?? {};
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  });
}
