import { GetServiceSettingCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Check, type Finding, ok } from './finding.js';

const SETTING = '/ssm/parameter-store/high-throughput-enabled';
/** AWS General Reference, "AWS Systems Manager endpoints and quotas": calls per second. */
const DEFAULT = 40;
const HIGH = { GetParameter: 10_000, GetParameters: 1000 };
const NAMES_PER_CALL = 10;

/** How many sandboxes may start at once, each of which reads the stage's parameters. */
export const parameterRate: Check = {
  title: 'parameter rate',
  run: async (context) => {
    const { size } = await context.parameters();
    if (size === 0) return [];
    const command = new GetServiceSettingCommand({ SettingId: SETTING });
    const { ServiceSetting } = await new SSMClient(context.client).send(command);
    return [judgeParameterRate(ServiceSetting?.SettingValue === 'true', size)];
  },
};

/** @param count of the stage's parameters. */
export function judgeParameterRate(isHigh: boolean, count: number): Finding {
  const call = count === 1 ? 'GetParameter' : 'GetParameters';
  const calls = isHigh ? HIGH[call] : DEFAULT;
  const starts = Math.floor(calls / Math.ceil(count / NAMES_PER_CALL));
  const shared = isHigh ? '' : ", shared by all of the account's calls in this region";
  return ok(
    `${calls} calls of ${call} a second${shared}: ${starts} sandboxes may start in a second, more wait (docs/scale.md)`,
  );
}
