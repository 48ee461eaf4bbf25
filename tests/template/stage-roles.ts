import { stackResources } from '../support/stack.js';
import type { Evaluate } from './evaluator.js';

const ACCOUNT = '123456789012';

/** Gets each decision: whether it is as it must be, and what is wrong otherwise. */
export type Judge = (isRight: boolean, fault: string) => void;

export interface Place {
  readonly partition: string;
  readonly region: string;
  /** Of the same partition. */
  readonly otherRegion: string;
}

/** Tries one call with one of a stage's roles. */
export type Decide = (
  isAllowed: boolean,
  role: string,
  action: string,
  resource: string,
  contextVariables?: Readonly<Record<string, string>>,
) => Promise<void>;

/** Stages in a place: how ARNs are written there, and what their roles decide. */
export function stagesIn({ partition, region }: Place, evaluate: Evaluate, judge: Judge) {
  const arn = (service: string, resource: string, { account = ACCOUNT, where = region } = {}) =>
    `arn:${partition}:${service}:${where}:${account}:${resource}`;
  const attributes: Readonly<Record<string, string>> = {
    StateTable: arn('dynamodb', 'table/state'),
    RetryQueue: arn('sqs', 'retry'),
    EmailLogGroup: arn('logs', 'log-group:/aws/lambda/otp-relay-prod-email:*'),
    SmsLogGroup: arn('logs', 'log-group:/aws/lambda/otp-relay-prod-sms:*'),
    RetryLogGroup: arn('logs', 'log-group:/aws/lambda/otp-relay-prod-retry:*'),
  };

  /** As CloudFormation resolves what the roles contain. */
  const resolve = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(resolve);
    const [[name, content] = ['', undefined]] = Object.entries(value);
    if (name === 'Fn::GetAtt') return attributes[(content as string[])[0] ?? ''];
    if (name === 'Fn::Sub') {
      const values: Record<string, string> = { Partition: partition, Region: region, AccountId: ACCOUNT };
      return String(content).replaceAll(/\$\{AWS::(\w+)\}/g, (_, key: string) => values[key] ?? '');
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
  };

  /** @param parameters of the stack, over the defaults. */
  const rolesOf = async (
    settings: Readonly<Record<string, string>>,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Decide> => {
    const roles = await stackResources('roles', settings, parameters);
    return async (isAllowed, role, action, resource, contextVariables = {}) => {
      const { Policies } = roles[role]?.Properties as { Policies: readonly [{ PolicyDocument: unknown }] };
      const decision = await evaluate(resolve(Policies[0].PolicyDocument), {
        principal: `arn:${partition}:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables,
      });
      const context = JSON.stringify(contextVariables);
      judge(
        decision === isAllowed,
        `${role} ${isAllowed ? 'may not' : 'may'} ${action} on ${resource} with ${context}`,
      );
    };
  };
  return { arn, rolesOf, table: attributes['StateTable'] ?? '', queue: attributes['RetryQueue'] ?? '' };
}
