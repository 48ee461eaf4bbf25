import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Check, fail, type Finding, ok, warn } from './finding.js';

/** docs/scale.md: ten webhooks a second, each of which waits out its time budget on the provider's bad day. */
const FOR_WEBHOOKS = 25;

export const concurrency: Check = {
  title: 'concurrency',
  run: async ({ client, stack, stage }) => {
    const { AccountLimit } = await new LambdaClient(client).send(new GetAccountSettingsCommand({}));
    const isReserved = typeof stack['reservedConcurrency'] === 'number';
    const unreserved = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    return [judgeConcurrency(unreserved, { retry: stack.retryConcurrency, isReserved, stage })];
  },
};

/**
 * @param unreserved how many invocations the account and region may run at once for functions that have none set aside.
 * @param isReserved whether webhooks have some set aside.
 */
export function judgeConcurrency(
  unreserved: number,
  { retry, isReserved, stage }: { retry: number; isReserved: boolean; stage: string },
): Finding {
  const ask = 'Service Quotas > Lambda > Concurrent executions: ask for 1,000';
  const text = `${unreserved} functions may run at once, of which the worker of the queue takes up to ${retry}`;
  if (isReserved) {
    return retry <= unreserved
      ? ok(`${text}; webhooks have their own`)
      : warn(`${text}: it is slower than retryConcurrency says`, `${ask}.`);
  }
  const left = unreserved - retry;
  if (left <= 0) {
    return fail(
      `${text}: while a provider is down, none is left for webhooks`,
      `${ask}. Until then set retryConcurrency in settings/${stage}.stack.yml to 2, and deploy.`,
    );
  }
  return left < FOR_WEBHOOKS
    ? warn(`${text}: ${left} are left for webhooks, fewer than ten sign-ins a second may need`, `${ask}.`)
    : ok(text);
}
