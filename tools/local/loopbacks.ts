import type { Environment } from '../../lib/settings/settings.js';
import { startAwsLoopback } from '../loopback/aws.js';
import { startEmailLoopbacks } from '../loopback/email.js';
import type { LoopbackOptions } from '../loopback/provider.js';
import type { LoopbackQueue } from '../loopback/queue.js';
import { startSmsLoopbacks } from '../loopback/sms.js';
import { startLocalState } from './state.js';

/** Every provider that the relay can use, and what else it needs of AWS, on this machine. */
export interface Loopbacks {
  readonly awsPort: number;
  /** The settings that point the functions at them. */
  readonly environment: Environment;
  readonly queue: LoopbackQueue;
  close(): Promise<void>;
}

/**
 * @param options.awsPort 0 takes any free port.
 * @param options.parameters what the SSM Parameter Store holds.
 * @throws Node's `EADDRINUSE` where the port is taken.
 */
export async function startLoopbacks(
  options: Required<Pick<LoopbackOptions, 'onMessage' | 'behaviour'>> & {
    awsPort: number;
    parameters: ReadonlyMap<string, string>;
  },
): Promise<Loopbacks> {
  const { awsPort, parameters, onMessage, behaviour } = options;
  const running: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.splice(0).map((part) => part.close()));
  };
  try {
    const state = await startLocalState();
    running.push(state);
    const { services } = state;
    const aws = await startAwsLoopback({ port: awsPort, parameters, onMessage, behaviour, services });
    running.push(aws);
    const email = await startEmailLoopbacks({ onMessage, behaviour });
    running.push(email);
    const sms = await startSmsLoopbacks({ onMessage, behaviour });
    running.push(sms);

    const endpoint = `http://127.0.0.1:${aws.port}`;
    const environment = {
      ...email.environment,
      ...sms.environment,
      ...state.environment(endpoint),
      AWS_ENDPOINT_URL: endpoint,
    };
    return { awsPort: aws.port, environment, queue: state.queue, close };
  } catch (error) {
    await close();
    throw error;
  }
}
