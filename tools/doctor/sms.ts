import {
  CheckIfPhoneNumberIsOptedOutCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { allProviders } from '../../lib/settings/by-country.js';
import { readSenderSettings, senderProblems, type SenderSettings } from '../stage/sms-senders.js';
import { type Check, type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';

interface AppSenders extends SenderSettings {
  readonly app: string;
}

/** Of a stage without SMS none. */
export async function senderSettings(context: DoctorContext): Promise<AppSenders[]> {
  if (!context.use.sms) return [];
  return Promise.all(
    context.apps.map((app) =>
      resolved(context, app, (get) => ({ app: app.app, ...readSenderSettings(get) })),
    ),
  );
}

/** Whether an app's SMS may take a provider. */
export async function usesProvider(context: DoctorContext, ...names: string[]): Promise<boolean> {
  const apps = await senderSettings(context);
  return apps.some(({ routes }) => allProviders(routes).some((provider) => names.includes(provider)));
}

export const smsCountries: Check = {
  title: 'sms countries',
  run: async (context) => (await senderSettings(context)).flatMap(judgeCountries),
};

export function judgeCountries({ app, ...settings }: AppSenders): Finding[] {
  const of = app === '' ? '' : `${app}: `;
  const { countries } = settings;
  if (countries === '*') {
    return [
      warn(`${of}every country is allowed`, 'List yours in SMS_ALLOWED_COUNTRIES: SMS fraud goes abroad.'),
    ];
  }
  if (countries.size === 0) {
    return [warn(`${of}no country is allowed: every SMS is refused`, 'Set SMS_ALLOWED_COUNTRIES.')];
  }
  const problems = senderProblems(settings)
    // Another check asks AWS whether it is registered.
    .filter(({ registration }) => registration === undefined)
    .map(({ text, todo }) => warn(`${of}${text}`, todo));
  return [ok(`${of}allowed: ${[...countries].join(', ')}`), ...problems];
}

export const snsSandbox: Check = {
  title: 'sns sandbox',
  run: async ({ client, use }) => {
    if (!use.sns) return [];
    const command = new GetSMSSandboxAccountStatusCommand({});
    return [judgeSandbox((await new SNSClient(client).send(command)).IsInSandbox)];
  },
};

export function judgeSandbox(isInSandbox: boolean | undefined): Finding {
  return isInSandbox === true
    ? fail('SMS sandbox: only verified numbers get SMS', 'SNS console > Text messaging: exit the sandbox.')
    : ok('out of the SMS sandbox');
}

/** A share of the month's limit. */
const MUCH_SPENT = 0.8;
const DAY_MS = 86_400_000;

export const snsSpend: Check = {
  title: 'sns spend',
  run: async ({ client, use }) => {
    if (!use.sns) return [];
    const { attributes = {} } = await new SNSClient(client).send(new GetSMSAttributesCommand({}));
    const now = Date.now();
    const command = new GetMetricStatisticsCommand({
      Namespace: 'AWS/SNS',
      MetricName: 'SMSMonthToDateSpentUSD',
      Statistics: ['Maximum'],
      Period: 3600,
      StartTime: new Date(Math.max(now - DAY_MS, startOfMonth(now))),
      EndTime: new Date(now),
    });
    const { Datapoints = [] } = await new CloudWatchClient(client).send(command);
    const spent = Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
    // Amazon SNS API reference, SetSMSAttributes: 1 USD where nobody asked for more.
    return [judgeSpend(Number(attributes['MonthlySpendLimit'] ?? 1), spent)];
  },
};

export function judgeSpend(limitUsd: number, spentUsd: number): Finding {
  const text = `${spentUsd.toFixed(2)} of ${limitUsd} USD spent this month`;
  const todo =
    'Support Center > Service limit increase > SNS text messaging; then SetSMSAttributes MonthlySpendLimit.';
  if (spentUsd >= limitUsd) return fail(`${text}: SNS drops SMS, and still says success`, todo);
  return spentUsd > MUCH_SPENT * limitUsd ? warn(text, todo) : ok(text);
}

export const optedOut: Check = {
  title: 'sns opt-out',
  run: async (context) => {
    const { client, phoneNumber } = context;
    if (phoneNumber === undefined || !(await usesProvider(context, 'sns'))) return [];
    const command = new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber });
    const { isOptedOut } = await new SNSClient(client).send(command);
    return [
      isOptedOut === true
        ? fail(
            'the test number opted out: it gets no SMS',
            'It may opt in again once in 30 days: SNS console.',
          )
        : ok('the test number has not opted out'),
    ];
  },
};

function startOfMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}
