import { ENDPOINTS } from '../aws/endpoints.js';
import type { Channel, RouteEntry } from '../channel.js';
import type { Cap } from '../ledger/caps.js';
import { permitRecipients } from '../ownid/recipient-policy.js';
import { allProviders, forCountry } from '../settings/by-country.js';
import type { Get } from '../settings/settings.js';
import type { SettingValue } from '../settings/table.js';
import { permitCountry, unknownCountry } from './country-policy.js';
import { holdsCode, parseSms, readSms, type SmsMessage } from './message.js';
import { load } from './providers.js';
import { rangeCaps } from './range-caps.js';
import { countSegments } from './segments.js';
import { senderSettings } from './sender.js';
import { twilioAccount } from './twilio-account.js';

type Route = SettingValue<'SMS_PROVIDER'> extends ReadonlyMap<string, infer R> ? R : never;
type ProviderName = Route extends readonly (infer N)[] ? N : never;

const PROVIDERS: Record<ProviderName, (get: Get) => Omit<RouteEntry<SmsMessage>, 'name'>> = {
  sns: (get) => {
    const settings = {
      sender: senderSettings(get),
      maxPriceUsd: get('SMS_MAX_PRICE_USD'),
      dltEntityId: get('SMS_DLT_ENTITY_ID'),
      dltTemplateId: get('SMS_DLT_TEMPLATE_ID'),
    };
    return {
      origin: ({ endpointOf }) => endpointOf(ENDPOINTS.sns),
      connect: async ({ aws }) => (await load.sns()).createSns(settings, aws),
    };
  },
  eum: (get) => {
    const settings = {
      sender: senderSettings(get),
      originationIdentity: get('EUM_ORIGINATION_IDENTITY'),
      maxPriceUsd: get('SMS_MAX_PRICE_USD'),
      configurationSet: get('EUM_CONFIGURATION_SET'),
      protectConfigurationId: get('EUM_PROTECT_CONFIGURATION_ID'),
      dltEntityId: get('SMS_DLT_ENTITY_ID'),
      dltTemplateId: get('SMS_DLT_TEMPLATE_ID'),
    };
    return {
      origin: ({ endpointOf }) => endpointOf(ENDPOINTS.eum),
      connect: async ({ aws }) => (await load.eum()).createEum(settings, aws),
    };
  },
  twilio: (get) => {
    const settings = {
      account: twilioAccount(get),
      sender: get('TWILIO_SENDER'),
      contentRetention: get('TWILIO_CONTENT_RETENTION'),
      addressRetention: get('TWILIO_ADDRESS_RETENTION'),
    };
    return {
      origin: () => settings.account.apiUrl,
      connect: async (dependencies) => (await load.twilio()).createTwilio(settings, dependencies),
    };
  },
  notify: (get) => {
    const settings = {
      configurationId: get('NOTIFY_CONFIGURATION_ID'),
      templateId: get('NOTIFY_TEMPLATE_ID'),
    };
    return {
      origin: ({ endpointOf }) => endpointOf(ENDPOINTS.eum),
      connect: async ({ aws }) => (await load.notify()).createNotify(settings, aws),
    };
  },
};

/** The settings that every app may give by country; what only one provider needs may be left out. */
const BY_COUNTRY = [
  'SMS_PROVIDER',
  'SMS_SENDER_ID',
  'SMS_ORIGINATION_NUMBER',
  'SMS_MAX_PRICE_USD',
  'EUM_ORIGINATION_IDENTITY',
  'NOTIFY_TEMPLATE_ID',
] as const;

export const smsChannel: Channel<SmsMessage> = {
  name: 'sms',
  parse: parseSms,
  readMessage: readSms,
  doubt: (message) => (holdsCode(message) ? undefined : 'text_without_code'),
  mailbox: ({ to }) => to,
  settings: (get, refuse) => {
    const countries = get('SMS_ALLOWED_COUNTRIES');
    refuse(['SMS_ALLOWED_COUNTRIES'], () => countries !== '*' && unknownCountry(countries));
    for (const name of BY_COUNTRY) {
      refuse([name], () =>
        unknownCountry(new Set([...get(name).keys()].filter((country) => country !== '*'))),
      );
    }
    const routes = get('SMS_PROVIDER');
    const permitted = [
      permitCountry(countries),
      permitRecipients<SmsMessage>(get('SMS_ALLOWED_RECIPIENTS'), ({ to }) => [to]),
    ];
    const hourly = get('SMS_COUNTRY_HOURLY_LIMIT');
    const daily = get('SMS_DAILY_LIMIT');
    const ofCountry = ({ country, text }: SmsMessage): Cap => ({
      name: 'country',
      subject: country,
      limit: hourly,
      windowMs: 3_600_000,
      cost: countSegments(text).segments,
    });
    return {
      route: allProviders(routes).map((name) => ({ name, ...PROVIDERS[name](get) })),
      routeOf: ({ country }) => forCountry(routes, country) ?? [],
      permit: (message) => {
        for (const permit of permitted) permit(message);
      },
      totals: [
        ofCountry,
        ({ text }) => ({
          name: 'total',
          subject: 'sms',
          limit: daily,
          windowMs: 86_400_000,
          cost: countSegments(text).segments,
        }),
      ],
      ranges: rangeCaps(get('SMS_RANGE_DAILY_LIMIT'), get('SMS_UNCAPPED_RANGES') ?? [], ofCountry),
      secondSends: 0,
    };
  },
};
