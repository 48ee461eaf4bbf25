import {
  GetResourcePolicyCommand,
  paginateDescribePhoneNumbers,
  paginateDescribeSenderIds,
  type PhoneNumberInformation,
  PinpointSMSVoiceV2Client,
  type SenderIdInformation,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { senderProblems } from '../stage/sms-senders.js';
import { type Check, type DoctorContext, fail, type Finding, ok } from './finding.js';
import { senderSettings, usesProvider } from './sms.js';

const CONSOLE = 'End User Messaging console > SMS >';

/** The numbers that SMS come from, whether SNS or End User Messaging sends them. */
export const smsNumbers: Check = {
  title: 'sms numbers',
  run: async (context) => {
    if (!(await usesProvider(context, 'eum', 'sns'))) return [];
    const numbers = await configuredNumbers(context);
    if (numbers.length === 0) return [];
    const client = new PinpointSMSVoiceV2Client(context.client);
    const owned: PhoneNumberInformation[] = [];
    for await (const page of paginateDescribePhoneNumbers({ client }, {})) {
      owned.push(...(page.PhoneNumbers ?? []));
    }
    const bySns = await usesProvider(context, 'sns');
    return Promise.all(
      numbers.map(async (number) => {
        const finding = judgeNumber(number, owned);
        const found = owned.find(({ PhoneNumber }) => PhoneNumber === number);
        return finding.level === 'ok' && bySns && found !== undefined
          ? judgePolicy(found, await policyOf(client, found.PhoneNumberArn))
          : finding;
      }),
    );
  },
};

async function configuredNumbers(context: DoctorContext): Promise<string[]> {
  const apps = await senderSettings(context);
  const numbers = apps.flatMap(({ sender }) => [...sender.number.values()].flatMap((number) => number ?? []));
  return [...new Set(numbers)];
}

export function judgeNumber(
  number: string,
  owned: readonly Pick<
    PhoneNumberInformation,
    'PhoneNumber' | 'Status' | 'MessageType' | 'NumberCapabilities'
  >[],
): Finding {
  const found = owned.find(({ PhoneNumber }) => PhoneNumber === number);
  const todo = `${CONSOLE} Phone numbers.`;
  if (found === undefined) return fail(`${number} is no number of this account and region`, todo);
  if (found.Status !== 'ACTIVE') return fail(`${number} is ${found.Status ?? '?'}`, todo);
  if (found.NumberCapabilities?.includes('SMS') !== true) return fail(`${number} sends no SMS`, todo);
  return found.MessageType === 'TRANSACTIONAL'
    ? ok(`${number} is active`)
    : fail(`${number} is for promotional messages`, todo);
}

async function policyOf(client: PinpointSMSVoiceV2Client, arn: string | undefined): Promise<string> {
  try {
    const { Policy = '' } = await client.send(new GetResourcePolicyCommand({ ResourceArn: arn }));
    return Policy;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return '';
    throw error;
  }
}

/** AWS Messaging Blog, "A guide to the new resource policies for SMS origination identities". */
const POLICIES_SINCE = Date.parse('2024-09-24T00:00:00Z');

/** @param policy of the number, in JSON; empty where it has none. */
export function judgePolicy(
  { PhoneNumber = '', CreatedTimestamp }: Pick<PhoneNumberInformation, 'PhoneNumber' | 'CreatedTimestamp'>,
  policy: string,
): Finding {
  const isOld = CreatedTimestamp !== undefined && CreatedTimestamp.getTime() < POLICIES_SINCE;
  return isOld || allowsSns(policy)
    ? ok(`${PhoneNumber} is active, and SNS may send by it`)
    : fail(
        `${PhoneNumber} has no resource policy that lets SNS send by it`,
        'Put the policy of docs/providers/sns.md ("A number that was created since September 2024").',
      );
}

/** IAM's grammar: every element may be one value or a list of them. */
function allowsSns(policy: string): boolean {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
  const member = (value: unknown, name: string): readonly unknown[] =>
    typeof value === 'object' && value !== null && name in value
      ? list((value as Readonly<Record<string, unknown>>)[name])
      : [];
  try {
    const statements = member(JSON.parse(policy) as unknown, 'Statement');
    return statements.some(
      (statement) =>
        member(statement, 'Effect').includes('Allow') &&
        member(statement, 'Principal').some(
          (principal) => principal === '*' || member(principal, 'Service').includes('sns.amazonaws.com'),
        ) &&
        member(statement, 'Action').some((action) =>
          /^(?:\*|sms-voice:(?:\*|SendTextMessage))$/i.test(String(action)),
        ),
    );
  } catch {
    return false;
  }
}

/** Sender ids that some country takes once they are registered there, and no sooner. */
export const senderIds: Check = {
  title: 'sms sender ids',
  run: async (context) => {
    const wanted = (await senderSettings(context))
      .flatMap(senderProblems)
      .flatMap(({ registration }) => registration ?? []);
    if (wanted.length === 0) return [];
    const client = new PinpointSMSVoiceV2Client(context.client);
    const owned: SenderIdInformation[] = [];
    for await (const page of paginateDescribeSenderIds({ client }, {})) owned.push(...(page.SenderIds ?? []));
    return wanted.map(({ country, senderId }) => judgeSenderId(country, senderId, owned));
  },
};

export function judgeSenderId(
  country: string,
  senderId: string,
  owned: readonly Pick<SenderIdInformation, 'SenderId' | 'IsoCountryCode' | 'Registered'>[],
): Finding {
  const found = owned.find((item) => item.SenderId === senderId && item.IsoCountryCode === country);
  if (found?.Registered === true) return ok(`${senderId} is registered in ${country}`);
  return fail(
    `${senderId} is not registered in ${country}, which takes no other: SMS are refused or have another sender`,
    `${CONSOLE} ${found === undefined ? 'Sender IDs: request it' : 'Registrations: see what it waits for'}, or except the country: SMS_SENDER_ID: '…, ${country}='.`,
  );
}
