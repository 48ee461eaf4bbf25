import {
  GetAccountCommand,
  type GetAccountCommandOutput,
  GetConfigurationSetCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { type Check, fail, type Finding, ok, warn } from './finding.js';
import { findIdentity, judgeIdentity, type SesSender, sesClient, sesSenders } from './ses-sender.js';

/** A share of the daily quota; with less left a peak may exhaust it. */
const LITTLE_QUOTA = 0.2;

export const sesAccount: Check = eachRegion('ses account', async (ses) =>
  judgeAccount(await ses.send(new GetAccountCommand({}))),
);

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

export const sesIdentities: Check = eachRegion('ses sender', async (ses, senders) => {
  const unique = [...new Set(senders.map(({ from }) => from))];
  return Promise.all(unique.map(async (from) => judgeIdentity(from, await findIdentity(ses, from))));
});

export const sesConfigurationSets: Check = eachRegion('ses configuration set', (ses, senders) => {
  const names = new Set(senders.flatMap(({ configurationSet: name }) => name ?? []));
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
});

/** A check of SES in every region that the apps send from; one that `SES_REGION` names is said. */
function eachRegion(
  title: string,
  look: (ses: SESv2Client, senders: readonly SesSender[]) => Promise<readonly Finding[]>,
): Check {
  return {
    title,
    run: async (context) => {
      const senders = await sesSenders(context);
      const regions = [...new Set(senders.map(({ region }) => region))];
      const findings = await Promise.all(
        regions.map(async (region) => {
          const found = await look(
            sesClient(context, region),
            senders.filter((sender) => sender.region === region),
          );
          const where = region === undefined ? '' : `${region}: `;
          return found.map((finding) => ({ ...finding, text: `${where}${finding.text}` }));
        }),
      );
      return findings.flat();
    },
  };
}
