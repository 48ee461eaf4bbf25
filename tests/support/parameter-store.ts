import type { Clock } from '../../lib/clock.js';
import { TransportError } from '../../lib/net/transport-error.js';
import type { Transport } from '../../lib/net/transport.js';
import { SECRET } from './relay.js';

/** The settings of a function whose shared secret is in the parameter store. */
export const PARAMETER_STORE = {
  OWNID_SHARED_SECRET: 'ssm:/otp-relay/test/secret',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
};

/**
 * Answers as the Amazon SSM API reference has it for GetParameter.
 *
 * @param answersAfter milliseconds of the clock; undefined while it hangs.
 */
export const parameterStore = (clock: Clock, answersAfter: () => number | undefined): Transport => ({
  prepare: () => Promise.resolve(),
  send: async (_request, { deadline }) => {
    const delay = answersAfter();
    if (delay === undefined) {
      await new Promise((resolve) => {
        deadline.signal.addEventListener('abort', resolve);
      });
      throw new TransportError('TIMEOUT', true);
    }
    await new Promise<void>((resolve) => clock.after(delay, resolve));
    const Parameter = { Name: '/otp-relay/test/secret', Type: 'SecureString', Value: SECRET };
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: Buffer.from(JSON.stringify({ Parameter })),
    };
  },
});
