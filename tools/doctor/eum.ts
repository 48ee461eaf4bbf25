import {
  DescribeAccountAttributesCommand,
  DescribeSpendLimitsCommand,
  paginateDescribeConfigurationSets,
  PinpointSMSVoiceV2Client,
  type SpendLimit,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { type Check, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';
import { usesProvider } from './sms.js';

export const eumAccount: Check = {
  title: 'end user messaging',
  run: async (context) => {
    const [isText, isNotify] = [await usesProvider(context, 'eum'), await usesProvider(context, 'notify')];
    if (!isText && !isNotify) return [];
    const eum = new PinpointSMSVoiceV2Client(context.client);
    const { AccountAttributes = [] } = await eum.send(new DescribeAccountAttributesCommand({}));
    const { SpendLimits = [] } = await eum.send(new DescribeSpendLimitsCommand({}));
    const tier = AccountAttributes.find(({ Name }) => Name === 'ACCOUNT_TIER')?.Value;
    return [
      ...(isText ? [judgeTier(tier), judgeSpendLimit(SpendLimits, 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT')] : []),
      ...(isNotify ? [judgeSpendLimit(SpendLimits, 'NOTIFY_MESSAGE_MONTHLY_SPEND_LIMIT')] : []),
      // No call of the API tells it, and Support alone raises it.
      ok('1 message a second, unless AWS Support raised it: what is more goes to the next provider'),
    ];
  },
};

export function judgeTier(tier: string | undefined): Finding {
  return tier === 'PRODUCTION'
    ? ok('out of the sandbox')
    : fail(
        'sandbox: only verified numbers get SMS',
        'End User Messaging console > SMS: request production access.',
      );
}

/** AWS End User Messaging SMS user guide, "Quotas": 1 USD a month until more is asked for. */
const INITIAL_LIMIT_USD = 1;

export function judgeSpendLimit(limits: readonly SpendLimit[], name: string): Finding {
  const limit = limits.find(({ Name }) => Name === name)?.EnforcedLimit ?? 0;
  const text = `${name}: ${limit} USD`;
  return limit > INITIAL_LIMIT_USD
    ? ok(text)
    : warn(`${text}: at the limit every SMS fails`, 'Ask AWS Support for more, then set it in the console.');
}

export const eumConfigurationSets: Check = {
  title: 'end user messaging set',
  run: async (context) => {
    if (!(await usesProvider(context, 'eum'))) return [];
    const apps = await Promise.all(
      context.apps.map((app) => resolved(context, app, (get) => get('EUM_CONFIGURATION_SET'))),
    );
    const names = [...new Set(apps.flatMap((name) => name ?? []))];
    if (names.length === 0) return [];
    const client = new PinpointSMSVoiceV2Client(context.client);
    const existing = new Set<string | undefined>();
    for await (const page of paginateDescribeConfigurationSets({ client }, {})) {
      for (const set of page.ConfigurationSets ?? []) {
        existing.add(set.ConfigurationSetName).add(set.ConfigurationSetArn);
      }
    }
    return names.map((name) =>
      existing.has(name)
        ? ok(`${name} exists`)
        : fail(`${name} does not exist: every SMS fails`, 'Create it, or unset EUM_CONFIGURATION_SET.'),
    );
  },
};
