import {
  CheckIfPhoneNumberIsOptedOutCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { type Check, type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';

interface SmsSettings {
  readonly app: string;
  readonly countries: ReadonlySet<string> | '*';
  readonly senderId: string | undefined;
  readonly originationNumber: string | undefined;
  readonly dltEntityId: string | undefined;
  readonly dltTemplateId: string | undefined;
}

function smsSettings(context: DoctorContext): Promise<SmsSettings[]> {
  return Promise.all(
    context.apps.map((app) =>
      resolved(context, app, (get) => ({
        app: app.app,
        countries: get('SMS_ALLOWED_COUNTRIES'),
        senderId: get('SMS_SENDER_ID'),
        originationNumber: get('SMS_ORIGINATION_NUMBER'),
        dltEntityId: get('SMS_DLT_ENTITY_ID'),
        dltTemplateId: get('SMS_DLT_TEMPLATE_ID'),
      })),
    ),
  );
}

export const smsCountries: Check = {
  title: 'sms countries',
  run: async (context) => (context.use.sms ? (await smsSettings(context)).flatMap(judgeCountries) : []),
};

/** AWS End User Messaging SMS user guide, "Supported countries and regions": senders must have a number there. */
const NUMBER_NEEDED = new Set(['US', 'CA', 'PR']);
/** The same page: sender ids only after registration; others than these may change that, too. */
const SENDER_ID_REGISTERED = new Set([
  'AE',
  'EG',
  'GB',
  'JO',
  'KW',
  'PH',
  'QA',
  'SA',
  'SG',
  'TH',
  'TR',
  'VN',
]);

export function judgeCountries(settings: SmsSettings): Finding[] {
  const { app, countries, senderId, originationNumber, dltEntityId, dltTemplateId } = settings;
  const of = app === '' ? '' : `${app}: `;
  if (countries === '*') {
    return [
      warn(`${of}every country is allowed`, 'List yours in SMS_ALLOWED_COUNTRIES: SMS fraud goes abroad.'),
    ];
  }
  if (countries.size === 0) {
    return [warn(`${of}no country is allowed: every SMS is refused`, 'Set SMS_ALLOWED_COUNTRIES.')];
  }
  const findings: Finding[] = [ok(`${of}allowed: ${[...countries].join(', ')}`)];
  for (const country of countries) {
    if (NUMBER_NEEDED.has(country) && originationNumber === undefined) {
      findings.push(
        warn(
          `${of}${country} takes SMS from a registered number only`,
          'Buy and register one (10DLC, toll-free or short code); set SMS_ORIGINATION_NUMBER if you have several.',
        ),
      );
    }
    if (country === 'IN' && (senderId ?? dltEntityId ?? dltTemplateId) === undefined) {
      findings.push(
        warn(
          `${of}IN: without DLT registration SMS come at the international price, and may be blocked`,
          'Register; set SMS_SENDER_ID, SMS_DLT_ENTITY_ID and SMS_DLT_TEMPLATE_ID.',
        ),
      );
    }
    if (SENDER_ID_REGISTERED.has(country) && senderId !== undefined) {
      findings.push(
        warn(
          `${of}${country} passes a sender id only once it is registered`,
          `Is ${senderId} registered there?`,
        ),
      );
    }
  }
  return findings;
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
  run: async ({ client, phoneNumber }) => {
    if (phoneNumber === undefined) return [];
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
