import { byCountry, NO_VALUE, routeByCountry } from './by-country.js';
import { countries, endpoint, limit, listOf, matching, oneOf, secretText } from './formats.js';
import { optional, required, type Setting, withDefault } from './setting.js';

const senderId = matching(
  /^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,9}[A-Za-z0-9])?$/,
  '1 to 11 letters, digits or hyphens, with a letter and no hyphen at either end',
);
const twilioSender = matching(
  /^(?:\+\d{7,15}|\d{3,14}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
  'a phone number, a short code, a sender id, or the SID of a Messaging Service',
);
const priceUsd = matching(/^(?=.*[1-9])\d{1,3}(?:\.\d{1,5})?$/, 'a price in US dollars, such as 0.50');
const dltId = matching(/^\d{1,50}$/, 'the digits that the DLT operator assigned');

export const SMS_SETTINGS = {
  SMS_PROVIDER: withDefault(
    routeByCountry(listOf(oneOf(['sns', 'eum', 'twilio', 'notify']))),
    new Map([['*', ['sns'] as const]]),
  ),
  SMS_ALLOWED_COUNTRIES: withDefault(countries, new Set()),
  SMS_ALLOWED_RECIPIENTS: optional(listOf(matching(/^\+[1-9]\d{6,14}$/, 'a list of phone numbers'))),
  SMS_RANGE_DAILY_LIMIT: withDefault(limit, 1000),
  SMS_UNCAPPED_RANGES: optional(
    listOf(matching(/^\+[1-9]\d{2,13}$/, 'a list of beginnings of phone numbers')),
  ),
  SMS_COUNTRY_HOURLY_LIMIT: withDefault(limit, 1000),
  SMS_DAILY_LIMIT: withDefault(limit, 5000),
  SMS_SENDER_ID: withDefault(byCountry(senderId), NO_VALUE),
  SMS_ORIGINATION_NUMBER: withDefault(
    byCountry(matching(/^(?:\+\d{7,15}|\d{3,14})$/, 'a phone number or a short code')),
    NO_VALUE,
  ),
  SMS_MAX_PRICE_USD: withDefault(byCountry(priceUsd), NO_VALUE),
  SMS_DLT_ENTITY_ID: optional(dltId),
  SMS_DLT_TEMPLATE_ID: optional(dltId),

  EUM_ORIGINATION_IDENTITY: withDefault(
    byCountry(matching(/^[\w:/+-]{1,256}$/, 'the id or ARN of a pool, phone number or sender id')),
    NO_VALUE,
  ),
  EUM_CONFIGURATION_SET: optional(matching(/^[\w:/-]{1,256}$/, 'the name or ARN of a configuration set')),
  EUM_PROTECT_CONFIGURATION_ID: optional(
    matching(/^[\w:/-]{1,256}$/, 'the id or ARN of a protect configuration'),
  ),

  NOTIFY_CONFIGURATION_ID: required(matching(/^[\w:/-]{1,256}$/, 'the id or ARN of a Notify configuration')),
  NOTIFY_TEMPLATE_ID: withDefault(
    byCountry(matching(/^[\w:/-]{1,256}$/, "the id of one of AWS's templates")),
    NO_VALUE,
  ),

  TWILIO_ACCOUNT_SID: required(matching(/^AC[0-9a-fA-F]{32}$/, 'AC and 32 hexadecimal digits')),
  TWILIO_AUTH_TOKEN: required(secretText),
  TWILIO_API_KEY_SID: optional(matching(/^SK[0-9a-fA-F]{32}$/, 'SK and 32 hexadecimal digits')),
  TWILIO_API_KEY_SECRET: required(secretText),
  TWILIO_SENDER: required(byCountry(twilioSender)),
  TWILIO_REGION: withDefault(oneOf(['us1', 'ie1', 'au1']), 'us1'),
  TWILIO_API_URL: optional(endpoint),
  TWILIO_CONTENT_RETENTION: optional(oneOf(['retain', 'discard'])),
  TWILIO_ADDRESS_RETENTION: optional(oneOf(['retain', 'obfuscate'])),
} as const satisfies Record<string, Setting<unknown>>;
