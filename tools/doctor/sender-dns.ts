import { type Check, type Dns, type DoctorContext, type Finding, ok, warn } from './finding.js';
import { domainOf, findIdentity, sesClient, sesSenders, withParents } from './ses-sender.js';
import { resolved } from './settings.js';

/** Providers that put the sender's own domain into the envelope, which SPF is about; the others have one of their own. */
const SENDS_AS_DOMAIN = new Set(['smtp', 'microsoft']);

/** What receivers ask DNS about the sender before they let a message into the inbox. */
export const senderDns: Check = {
  title: 'sender dns',
  run: async (context) => {
    const { domains, own, signed } = await domainsOf(context);
    const dns = createLookup(context.dns);
    try {
      return await Promise.all([
        ...domains.map(async (domain) => judgeDmarc(domain, await dns.dmarc(domain))),
        ...signed.map(async (domain) => judgeDkim(domain, await dns.hasKeys(domain))),
        ...own.map(async (domain) => judgeSpf(domain, await dns.spf(domain))),
      ]);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const text = `not checked: DNS does not answer (${error.message})`;
      return [{ level: 'none', text, todo: 'Check the network, or ask another server: --dns 1.1.1.1' }];
    }
  },
};

/** The domains to look at: all, those in an envelope, and those whose keys no other check has seen. */
async function domainsOf(context: DoctorContext) {
  const apps = await Promise.all(
    (context.use.email ? context.apps : []).map((app) =>
      resolved(context, app, (get) => ({
        domain: domainOf(get('EMAIL_FROM')),
        providers: get('EMAIL_PROVIDER'),
      })),
    ),
  );
  const where = (is: (provider: string) => boolean) =>
    apps.filter(({ providers }) => providers.some(is)).map(({ domain }) => domain);
  return {
    domains: [...new Set(apps.map(({ domain }) => domain))],
    // What SES itself says of its keys is the finding of another check.
    signed: [...new Set(where((provider) => provider !== 'ses'))],
    own: [
      ...new Set([
        ...where((provider) => SENDS_AS_DOMAIN.has(provider)),
        ...(await mailFromDomains(context)),
      ]),
    ],
  };
}

/** SES has its own domain in the envelope unless the identity has one. */
async function mailFromDomains(context: DoctorContext): Promise<string[]> {
  const found = await Promise.all(
    (await sesSenders(context)).map(({ from, region }) => findIdentity(sesClient(context, region), from)),
  );
  return found
    .map((identity) => identity?.MailFromAttributes?.MailFromDomain ?? '')
    .filter((domain) => domain !== '');
}

class NoAnswer extends Error {}

function createLookup(dns: Dns) {
  /** A name's texts; undefined where there is no such name, nor any below it (RFC 8020). */
  const texts = async (name: string): Promise<string[] | undefined> => {
    try {
      return (await dns.resolveTxt(name)).map((parts) => parts.join(''));
    } catch (error) {
      const { code = 'no code' } = error as NodeJS.ErrnoException;
      if (code === 'ENOTFOUND') return undefined;
      if (code === 'ENODATA') return [];
      throw new NoAnswer(code, { cause: error });
    }
  };
  const matching = async (name: string, pattern: RegExp) =>
    ((await texts(name)) ?? []).filter((text) => pattern.test(text));
  return {
    /** RFC 7489: those of the domain, else those of the nearest domain above it. */
    dmarc: async (domain: string): Promise<readonly string[]> => {
      for (const name of withParents(domain)) {
        const records = await matching(`_dmarc.${name}`, /^v=DMARC1\s*(?:;|$)/);
        if (records.length > 0) return records;
      }
      return [];
    },
    /** RFC 7208: of the domain itself alone. */
    spf: (domain: string) => matching(domain, /^v=spf1(?: |$)/i),
    /** RFC 6376: keys are below `_domainkey`, under names that only the signer knows, of the domain or one above it. */
    hasKeys: async (domain: string): Promise<boolean> => {
      for (const name of withParents(domain)) {
        if ((await texts(`_domainkey.${name}`)) !== undefined) return true;
      }
      return false;
    },
  };
}

export function judgeDmarc(domain: string, records: readonly string[]): Finding {
  const [record, ...others] = records;
  const name = `_dmarc.${domain}`;
  if (record === undefined) {
    return warn(
      `${domain}: no DMARC record, which large mailbox providers ask for`,
      `Publish TXT ${name} "v=DMARC1; p=none; rua=mailto:you@${domain}", and a stricter p= once all mail passes.`,
    );
  }
  if (others.length > 0) {
    return warn(`${domain}: ${records.length} DMARC records, of which none holds`, 'Leave one of them.');
  }
  const policy = /;\s*p\s*=\s*(none|quarantine|reject)\s*(?:;|$)/i.exec(record)?.[1];
  return policy === undefined
    ? warn(`${domain}: its DMARC record has no valid p=`, 'Set p=none, quarantine or reject in it.')
    : ok(`${domain}: DMARC, p=${policy.toLowerCase()}`);
}

export function judgeDkim(domain: string, hasKeys: boolean): Finding {
  return hasKeys
    ? ok(`${domain}: has DKIM keys in DNS`)
    : warn(
        `${domain}: no DKIM key in DNS, so that mail may end as spam`,
        'Have the provider sign as this domain, and publish the records that it shows.',
      );
}

export function judgeSpf(domain: string, records: readonly string[]): Finding {
  const [record, ...others] = records;
  if (record === undefined) {
    return warn(
      `${domain}: no SPF record, so that mail may end as spam`,
      `Publish TXT ${domain} "v=spf1 … ~all" with what your mail provider names in place of the dots.`,
    );
  }
  if (others.length > 0) {
    return warn(`${domain}: ${records.length} SPF records, of which none holds`, 'Make them one.');
  }
  return /^v=spf1\s+-all\s*$/i.test(record)
    ? warn(`${domain}: its SPF record forbids all mail`, "Name your mail provider in it, before '-all'.")
    : ok(`${domain}: SPF, ${record.trim().split(/\s+/).at(-1) ?? ''}`);
}
