import {
  GetEmailIdentityCommand,
  type GetEmailIdentityCommandOutput,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';

/** Who an app sends as by SES. */
export interface SesSender {
  readonly from: string;
  readonly configurationSet: string | undefined;
  /** Undefined for the region of the stack. */
  readonly region: string | undefined;
}

/** The senders of all apps whose route has SES. */
export async function sesSenders(context: DoctorContext): Promise<SesSender[]> {
  if (!context.use.email) return [];
  const all = await Promise.all(
    context.apps.map((app) =>
      resolved(context, app, (get) => ({
        usesSes: get('EMAIL_PROVIDER').includes('ses'),
        from: get('EMAIL_FROM'),
        configurationSet: get('SES_CONFIGURATION_SET'),
        region: get('SES_REGION'),
      })),
    ),
  );
  return all.filter(({ usesSes }) => usesSes);
}

/** SES where the functions call it. */
export function sesClient({ client }: DoctorContext, region: string | undefined): SESv2Client {
  return new SESv2Client(region === undefined ? client : { ...client, region });
}

type Identity = Pick<
  GetEmailIdentityCommandOutput,
  'VerifiedForSendingStatus' | 'DkimAttributes' | 'MailFromAttributes'
>;

/** What an address sends by: itself where it is verified, or its domain, or a domain above that. */
export async function findIdentity(ses: SESv2Client, from: string): Promise<Identity | undefined> {
  for (const name of [from, ...withParents(domainOf(from))]) {
    try {
      return await ses.send(new GetEmailIdentityCommand({ EmailIdentity: name }));
    } catch (error) {
      if ((error as Error).name !== 'NotFoundException') throw error;
    }
  }
  return undefined;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** A domain and those above it, but for the last label: `mail.acme.com`, `acme.com`. */
export function withParents(domain: string): string[] {
  const labels = domain.split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}

export function judgeIdentity(from: string, found: Identity | undefined): Finding {
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
  if (dkim !== 'SUCCESS') {
    return warn(`${from}: verified, but DKIM is ${dkim}: mail may end as spam`, `${console}: set DKIM up.`);
  }
  const { MailFromDomain: domain, MailFromDomainStatus: status } = found.MailFromAttributes ?? {};
  return domain === undefined || domain === '' || status === 'SUCCESS'
    ? ok(`${from}: verified, with DKIM`)
    : warn(
        `${from}: verified, with DKIM, but its MAIL FROM domain ${domain} is ${status ?? '?'}`,
        `${console}: publish the MX and TXT records that it shows for ${domain}.`,
      );
}
