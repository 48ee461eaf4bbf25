import {
  DescribeAccountAttributesCommand,
  DescribeConfigurationSetsCommand,
  DescribePhoneNumbersCommand,
  DescribeSpendLimitsCommand,
  type PhoneNumberInformation,
  PinpointSMSVoiceV2Client,
  type SpendLimit,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { type Check, type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
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

export const eumSenders: Check = {
  title: 'end user messaging senders',
  run: async (context) => {
    if (!(await usesProvider(context, 'eum'))) return [];
    const eum = new PinpointSMSVoiceV2Client(context.client);
    const { numbers, sets } = await configured(context);
    const { PhoneNumbers = [] } = await eum.send(new DescribePhoneNumbersCommand({}));
    const { ConfigurationSets = [] } = await eum.send(new DescribeConfigurationSetsCommand({}));
    const existing = new Set(
      ConfigurationSets.flatMap((set) => [set.ConfigurationSetName, set.ConfigurationSetArn]),
    );
    return [
      ...numbers.map((number) => judgeNumber(number, PhoneNumbers)),
      ...sets.map((name) =>
        existing.has(name)
          ? ok(`${name} exists`)
          : fail(`${name} does not exist: every SMS fails`, 'Create it, or unset EUM_CONFIGURATION_SET.'),
      ),
    ];
  },
};

async function configured(context: DoctorContext): Promise<{ numbers: string[]; sets: string[] }> {
  const apps = await Promise.all(
    context.apps.map((app) =>
      resolved(context, app, (get) => ({
        numbers: [...get('SMS_ORIGINATION_NUMBER').values()].flatMap((number) => number ?? []),
        set: get('EUM_CONFIGURATION_SET'),
      })),
    ),
  );
  return {
    numbers: [...new Set(apps.flatMap(({ numbers }) => numbers))],
    sets: [...new Set(apps.flatMap(({ set }) => set ?? []))],
  };
}

export function judgeNumber(
  number: string,
  owned: readonly Pick<
    PhoneNumberInformation,
    'PhoneNumber' | 'Status' | 'MessageType' | 'NumberCapabilities'
  >[],
): Finding {
  const found = owned.find(({ PhoneNumber }) => PhoneNumber === number);
  const todo = 'End User Messaging console > SMS > Phone numbers.';
  if (found === undefined) return fail(`${number} is no number of this account and region`, todo);
  if (found.Status !== 'ACTIVE') return fail(`${number} is ${found.Status ?? '?'}`, todo);
  if (found.NumberCapabilities?.includes('SMS') !== true) return fail(`${number} sends no SMS`, todo);
  return found.MessageType === 'TRANSACTIONAL'
    ? ok(`${number} is active`)
    : fail(`${number} is for promotional messages`, todo);
}
