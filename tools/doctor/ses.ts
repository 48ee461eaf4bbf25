import {
  GetAccountCommand,
  type GetAccountCommandOutput,
  GetConfigurationSetCommand,
  GetEmailIdentityCommand,
  type GetEmailIdentityCommandOutput,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { type Check, type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';

/** A share of the daily quota; with less left a peak may exhaust it. */
const LITTLE_QUOTA = 0.2;

interface Sender {
  readonly from: string;
  readonly configurationSet: string | undefined;
}

/** The senders of all apps whose route has SES. */
async function senders(context: DoctorContext): Promise<Sender[]> {
  const all = await Promise.all(
    context.apps.map((app) =>
      resolved(context, app, (get) => ({
        usesSes: get('EMAIL_PROVIDER').includes('ses'),
        from: get('EMAIL_FROM'),
        configurationSet: get('SES_CONFIGURATION_SET'),
      })),
    ),
  );
  return all.filter(({ usesSes }) => usesSes);
}

export const sesAccount: Check = {
  title: 'ses account',
  run: async (context) => {
    if ((await senders(context)).length === 0) return [];
    return judgeAccount(await new SESv2Client(context.client).send(new GetAccountCommand({})));
  },
};

export function judgeAccount(account: Omit<GetAccountCommandOutput, '$metadata'>): Finding[] {
  const { SendingEnabled, ProductionAccessEnabled, EnforcementStatus, SendQuota } = account;
  const { Max24HourSend = 0, SentLast24Hours = 0, MaxSendRate = 0 } = SendQuota ?? {};
  const left = Max24HourSend < 0 ? Infinity : Max24HourSend - SentLast24Hours;
  const quota = `${left} of ${Max24HourSend} mails left today, ${MaxSendRate} a second`;
  return [
    SendingEnabled === false
      ? fail('sending is paused', 'SES console > Account dashboard: find out why, and resume it.')
      : ok('sending is enabled'),
    ProductionAccessEnabled === true
      ? ok('production access')
      : fail('sandbox: only verified addresses get mail', 'SES console > Request production access.'),
    ...(EnforcementStatus === undefined || EnforcementStatus === 'HEALTHY'
      ? []
      : [warn(`AWS reviews the account: ${EnforcementStatus}`, 'Answer the case in the Support Center.')]),
    left < LITTLE_QUOTA * Max24HourSend
      ? warn(quota, 'Service Quotas > SES > Sending quota: ask for more.')
      : ok(left === Infinity ? 'no daily limit' : quota),
  ];
}

export const sesIdentities: Check = {
  title: 'ses sender',
  run: async (context) => {
    const ses = new SESv2Client(context.client);
    const unique = new Set((await senders(context)).map(({ from }) => from));
    return Promise.all(
      [...unique].map(async (from) => {
        for (const name of identityNames(from)) {
          const found = await identityOf(ses, name);
          if (found !== undefined) return judgeIdentity(from, found);
        }
        return judgeIdentity(from, undefined);
      }),
    );
  },
};

/** An address sends when it is verified itself, or its domain, or a domain above that. */
function identityNames(from: string): string[] {
  const labels = from.slice(from.lastIndexOf('@') + 1).split('.');
  return [from, ...labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))];
}

async function identityOf(
  ses: SESv2Client,
  name: string,
): Promise<GetEmailIdentityCommandOutput | undefined> {
  try {
    return await ses.send(new GetEmailIdentityCommand({ EmailIdentity: name }));
  } catch (error) {
    if ((error as Error).name === 'NotFoundException') return undefined;
    throw error;
  }
}

export function judgeIdentity(
  from: string,
  found: Pick<GetEmailIdentityCommandOutput, 'VerifiedForSendingStatus' | 'DkimAttributes'> | undefined,
): Finding {
  const console = 'SES console > Identities';
  if (found === undefined)
    return fail(`${from}: neither it nor its domain is an identity`, `${console}: create it.`);
  if (found.VerifiedForSendingStatus !== true) {
    return fail(
      `${from}: not verified`,
      `${console}: add the DNS records that it shows, or follow its mail.`,
    );
  }
  const dkim = found.DkimAttributes?.Status ?? 'NOT_STARTED';
  return dkim === 'SUCCESS'
    ? ok(`${from}: verified, with DKIM`)
    : warn(`${from}: verified, but DKIM is ${dkim}: mail may end as spam`, `${console}: set DKIM up.`);
}

export const sesConfigurationSets: Check = {
  title: 'ses configuration set',
  run: async (context) => {
    const ses = new SESv2Client(context.client);
    const names = new Set((await senders(context)).flatMap(({ configurationSet: name }) => name ?? []));
    return Promise.all(
      [...names].map(async (name) => {
        try {
          const command = new GetConfigurationSetCommand({ ConfigurationSetName: name });
          const { SendingOptions } = await ses.send(command);
          return SendingOptions?.SendingEnabled === false
            ? fail(`${name}: its sending is paused`, 'SES console > Configuration sets: resume it.')
            : ok(`${name} exists`);
        } catch (error) {
          if ((error as Error).name !== 'NotFoundException') throw error;
          return fail(
            `${name} does not exist: SES refuses every mail`,
            'Create it, or unset SES_CONFIGURATION_SET.',
          );
        }
      }),
    );
  },
};
