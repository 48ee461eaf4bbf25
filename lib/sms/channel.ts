import { ENDPOINTS } from '../aws/endpoints.js';
import type { Channel, RouteEntry } from '../channel.js';
import { permitRecipients } from '../ownid/recipient-policy.js';
import type { Get } from '../settings/settings.js';
import type { SettingValue } from '../settings/table.js';
import { permitCountry, unknownCountry } from './country-policy.js';
import { parseSms, readSms, type SmsMessage } from './message.js';
import { load } from './providers.js';
import { countSegments } from './segments.js';

type ProviderName = SettingValue<'SMS_PROVIDER'>[number];

const PROVIDERS: Record<ProviderName, (get: Get) => Omit<RouteEntry<SmsMessage>, 'name'>> = {
  sns: (get) => {
    const settings = {
      senderId: get('SMS_SENDER_ID'),
      originationNumber: get('SMS_ORIGINATION_NUMBER'),
      maxPriceUsd: get('SMS_MAX_PRICE_USD'),
      dltEntityId: get('SMS_DLT_ENTITY_ID'),
      dltTemplateId: get('SMS_DLT_TEMPLATE_ID'),
    };
    return {
      origin: ({ endpointOf }) => endpointOf(ENDPOINTS.sns),
      connect: async ({ aws }) => (await load.sns()).createSns(settings, aws),
    };
  },
};

export const smsChannel: Channel<SmsMessage> = {
  name: 'sms',
  parse: parseSms,
  readMessage: readSms,
  mailbox: ({ to }) => to,
  settings: (get, refuse) => {
    const countries = get('SMS_ALLOWED_COUNTRIES');
    refuse(['SMS_ALLOWED_COUNTRIES'], () => countries !== '*' && unknownCountry(countries));
    const permitted = [
      permitCountry(countries),
      permitRecipients<SmsMessage>(get('SMS_ALLOWED_RECIPIENTS'), ({ to }) => [to]),
    ];
    const hourly = get('SMS_COUNTRY_HOURLY_LIMIT');
    const daily = get('SMS_DAILY_LIMIT');
    return {
      route: get('SMS_PROVIDER').map((name) => ({ name, ...PROVIDERS[name](get) })),
      permit: (message) => {
        for (const permit of permitted) permit(message);
      },
      totals: [
        ({ country, text }) => ({
          name: 'country',
          subject: country,
          limit: hourly,
          windowMs: 3_600_000,
          cost: countSegments(text).segments,
        }),
        ({ text }) => ({
          name: 'total',
          subject: 'sms',
          limit: daily,
          windowMs: 86_400_000,
          cost: countSegments(text).segments,
        }),
      ],
      secondSends: 0,
    };
  },
};
