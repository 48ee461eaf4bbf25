import type { Get } from '../settings/settings.js';

/** Whom Twilio is called as, and where. */
export interface TwilioAccount {
  readonly accountSid: string;
  /** Of an API key, or the account's own. */
  readonly username: string;
  readonly password: string;
  readonly apiUrl: URL;
}

// Twilio documentation, "Twilio Regions": a host names its edge and its region, but for those of the default.
const REGIONS = {
  us1: new URL('https://api.twilio.com'),
  ie1: new URL('https://api.dublin.ie1.twilio.com'),
  au1: new URL('https://api.sydney.au1.twilio.com'),
};

export function twilioAccount(get: Get): TwilioAccount {
  const accountSid = get('TWILIO_ACCOUNT_SID');
  const keySid = get('TWILIO_API_KEY_SID');
  return {
    accountSid,
    username: keySid ?? accountSid,
    password: get(keySid === undefined ? 'TWILIO_AUTH_TOKEN' : 'TWILIO_API_KEY_SECRET'),
    apiUrl: get('TWILIO_API_URL') ?? REGIONS[get('TWILIO_REGION')],
  };
}

export function twilioAuthorization({ username, password }: TwilioAccount): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
