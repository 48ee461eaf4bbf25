import { Resolver } from 'node:dns/promises';
import type { Check, DoctorContext } from '../../../tools/doctor/finding.js';
import { senderDns } from '../../../tools/doctor/sender-dns.js';
import { sesAccount, sesConfigurationSets, sesIdentities } from '../../../tools/doctor/ses.js';
import { stageUse } from '../../../tools/serverless/stage-use.cjs';
import { splitApps } from '../../../lib/settings/settings.js';
import { awsError, startAwsApi } from '../../support/aws-api.js';
import { startDnsServer } from '../../support/dns-server.js';

type Values = Readonly<Record<string, string>>;
const ENVIRONMENT = { EMAIL_FROM: 'login@mail.acme.com' };

async function lines(check: Check, context: Partial<DoctorContext>, values: Values): Promise<string[]> {
  const findings = await check.run({
    apps: splitApps(values),
    use: stageUse(values),
    parameters: () => Promise.resolve(new Map()),
    ...context,
  } as DoctorContext);
  return findings.map(({ level, text }) => `${level} ${text}`);
}

describe('the sender in DNS', () => {
  const GOOD = {
    '_dmarc.acme.com': ['v=DMARC1; p=reject; rua=mailto:x@acme.com'],
    'selector1._domainkey.acme.com': ['v=DKIM1; p=MIGf'],
    'mail.acme.com': ['google-site-verification=x', `v=spf1 ${'ip4:192.0.2.1 '.repeat(30)}~all`],
  };

  async function dnsLines(
    records: Parameters<typeof startDnsServer>[0],
    values: Values,
    context: Partial<DoctorContext> = {},
  ): Promise<string[]> {
    const server = await startDnsServer(records);
    const dns = new Resolver({ timeout: 500, tries: 1 });
    dns.setServers([server.address]);
    try {
      return await lines(senderDns, { dns, ...context }, { ...ENVIRONMENT, ...values });
    } finally {
      await server.close();
    }
  }
  const smtp = { EMAIL_PROVIDER: 'smtp' };

  test('in order: policy and keys of the domain above, and the SPF record of its own', async () => {
    expect(await dnsLines(GOOD, smtp)).toEqual([
      'ok mail.acme.com: DMARC, p=reject',
      'ok mail.acme.com: has DKIM keys in DNS',
      'ok mail.acme.com: SPF, ~all',
    ]);
  });

  test('the policy of the domain itself goes before that of the domain above', async () => {
    const own = { ...GOOD, '_dmarc.mail.acme.com': ['v=DMARC1;p=none'] };
    expect((await dnsLines(own, smtp))[0]).toBe('ok mail.acme.com: DMARC, p=none');
  });

  test('without any record', async () => {
    expect(await dnsLines({}, smtp)).toEqual([
      'warn mail.acme.com: no DMARC record, which large mailbox providers ask for',
      'warn mail.acme.com: no DKIM key in DNS, so that mail may end as spam',
      'warn mail.acme.com: no SPF record, so that mail may end as spam',
    ]);
  });

  test.each([
    ['_dmarc.acme.com', ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], /2 DMARC records, of which none holds/],
    ['_dmarc.acme.com', ['v=DMARC1; rua=mailto:x@acme.com'], /no valid p=/],
    ['_dmarc.acme.com', ['v=DMARC10; p=none', 'v=spf1 -all'], /no DMARC record/],
    ['mail.acme.com', ['v=spf1 a -all', 'v=spf1 mx -all'], /2 SPF records, of which none holds/],
    ['mail.acme.com', ['v=spf1 -all'], /its SPF record forbids all mail/],
    ['mail.acme.com', ['v=spf10 a'], /no SPF record/],
  ])('%s with %j is worth a look', async (name, records, text) => {
    const found = await dnsLines({ ...GOOD, [name]: records }, smtp);
    expect(found.filter((line) => line.startsWith('warn'))).toEqual([expect.stringMatching(text)]);
  });

  test('SPF is not looked at where the provider has a domain of its own in the envelope', async () => {
    expect(await dnsLines({ ...GOOD, 'mail.acme.com': [] }, { EMAIL_PROVIDER: 'sendgrid' })).toEqual([
      'ok mail.acme.com: DMARC, p=reject',
      'ok mail.acme.com: has DKIM keys in DNS',
    ]);
  });

  test('of SES it is that of the MAIL FROM domain, where there is one, and SES itself knows the keys', async () => {
    const attributes = { MailFromDomain: 'bounce.acme.com', MailFromDomainStatus: 'SUCCESS' };
    const api = await startAwsApi(({ path }) =>
      path === '/v2/email/identities/acme.com'
        ? { body: { MailFromAttributes: attributes } }
        : awsError('NotFoundException', 404),
    );
    const records = { ...GOOD, 'bounce.acme.com': ['v=spf1 include:amazonses.com -all'] };
    try {
      expect(await dnsLines(records, {}, { client: api.clientIn('eu-west-1') })).toEqual([
        'ok mail.acme.com: DMARC, p=reject',
        'ok bounce.acme.com: SPF, -all',
      ]);
    } finally {
      await api.close();
    }
  });

  test('a stage without email has no sender', async () => {
    const sms = { EMAIL_FROM: '', SMS_ALLOWED_COUNTRIES: 'US' };
    expect(await dnsLines({}, sms)).toEqual([]);
  });

  test('where DNS cannot find out, nothing is found', async () => {
    expect(await dnsLines({ ...GOOD, '_dmarc.acme.com': 'SERVFAIL' }, smtp)).toEqual([
      'none not checked: DNS does not answer (ESERVFAIL)',
    ]);
  });

  test('where DNS cannot be reached, nothing is found', async () => {
    const { address, close } = await startDnsServer({});
    await close();
    const dns = new Resolver({ timeout: 500, tries: 1 });
    dns.setServers([address]);
    expect(await lines(senderDns, { dns }, { ...ENVIRONMENT, ...smtp })).toEqual([
      expect.stringMatching(/^none not checked: DNS does not answer \(E(?:CONNREFUSED|TIMEOUT)\)$/),
    ]);
  });
});

describe('SES is asked where the functions ask it', () => {
  const values = {
    ...ENVIRONMENT,
    SES_CONFIGURATION_SET: 'ours',
    EMAIL_FROM__SHOP: 'login@shop.com',
    SES_REGION__SHOP: 'eu-central-1',
    SES_CONFIGURATION_SET__SHOP: 'theirs',
  };
  /** Each region has one identity and one set, and only one of them has left the sandbox. */
  const start = () =>
    startAwsApi(({ region, path }) => {
      const [identity, set] =
        region === 'eu-central-1'
          ? ['shop.com', 'theirs']
          : region === 'us-east-1'
            ? ['acme.com', 'ours']
            : [];
      if (path === '/v2/email/account') {
        return { body: { SendingEnabled: true, ProductionAccessEnabled: region === 'eu-central-1' } };
      }
      if (path === `/v2/email/identities/${identity ?? '?'}`) {
        return { body: { VerifiedForSendingStatus: true, DkimAttributes: { Status: 'SUCCESS' } } };
      }
      if (path === `/v2/email/configuration-sets/${set ?? '?'}`) return { body: {} };
      return awsError('NotFoundException', 404);
    });

  test.each<[string, Check, string[]]>([
    [
      'account',
      sesAccount,
      [
        'ok sending is enabled',
        'fail sandbox: only verified addresses get mail',
        'ok 0 of 0 mails left today, 0 a second',
        'ok eu-central-1: sending is enabled',
        'ok eu-central-1: production access',
        'ok eu-central-1: 0 of 0 mails left today, 0 a second',
      ],
    ],
    [
      'sender',
      sesIdentities,
      ['ok login@mail.acme.com: verified, with DKIM', 'ok eu-central-1: login@shop.com: verified, with DKIM'],
    ],
    ['configuration set', sesConfigurationSets, ['ok ours exists', 'ok eu-central-1: theirs exists']],
  ])('%s', async (_, check, expected) => {
    const api = await start();
    try {
      expect(await lines(check, { client: api.clientIn('us-east-1') }, values)).toEqual(expected);
      expect(new Set(api.calls.map(({ region }) => region))).toEqual(new Set(['us-east-1', 'eu-central-1']));
    } finally {
      await api.close();
    }
  });

  test('a MAIL FROM domain that SES does not find is worth a look', async () => {
    const MailFromAttributes = { MailFromDomain: 'bounce.acme.com', MailFromDomainStatus: 'FAILED' };
    const body = {
      VerifiedForSendingStatus: true,
      DkimAttributes: { Status: 'SUCCESS' },
      MailFromAttributes,
    };
    const api = await startAwsApi(() => ({ body }));
    try {
      expect(await lines(sesIdentities, { client: api.clientIn('us-east-1') }, ENVIRONMENT)).toEqual([
        'warn login@mail.acme.com: verified, with DKIM, but its MAIL FROM domain bounce.acme.com is FAILED',
      ]);
    } finally {
      await api.close();
    }
  });
});
