import { allProviders, type ByCountry, forCountry, NO_VALUE } from '../../lib/settings/by-country.js';
import type { Get } from '../../lib/settings/settings.js';
import { senderFor, type SmsSender } from '../../lib/sms/sender.js';

/** Who an app's SMS come from and go to. */
export interface SenderSettings {
  readonly routes: ReadonlyMap<string, readonly string[]>;
  readonly countries: ReadonlySet<string> | '*';
  readonly sender: SmsSender;
  readonly identity: ByCountry<string>;
  readonly dltIds: readonly (string | undefined)[];
  readonly twilioSender: ByCountry<string>;
}

export function readSenderSettings(get: Get): SenderSettings {
  const routes = get('SMS_PROVIDER');
  return {
    routes,
    countries: get('SMS_ALLOWED_COUNTRIES'),
    sender: { number: get('SMS_ORIGINATION_NUMBER'), id: get('SMS_SENDER_ID') },
    identity: get('EUM_ORIGINATION_IDENTITY'),
    dltIds: [get('SMS_DLT_ENTITY_ID'), get('SMS_DLT_TEMPLATE_ID')],
    twilioSender: allProviders(routes).includes('twilio') ? get('TWILIO_SENDER') : NO_VALUE,
  };
}

// AWS End User Messaging SMS user guide, "Supported countries and regions" of March 2026.
const OF_AWS = new Set(['sns', 'eum']);
const NO_SENDER_ID = new Set(['BR', 'CA', 'CN', 'PR', 'US']);
const REGISTERED = 'AE AU EG GB IN JO KW PH QA SA SG TH TR VN'.split(' ');
const SENDER_ID_REGISTERED = new Set(REGISTERED);
/** Where SMS need a number of the country itself, by its calling code. */
const NUMBER_NEEDED: ReadonlyMap<string, string> = new Map([
  ['CA', '+1'],
  ['PR', '+1'],
  ['US', '+1'],
]);
/** Where a long number takes SMS and sends none. */
const SHORT_CODE_ALONE = new Set(['AE', 'BR', 'CN', 'FR', 'IN', 'SA']);

/** Of Twilio's rules, which are its own, those that hold for everybody: the carriers take no sender id. */
const TWILIO_NO_SENDER_ID = new Set(['CA', 'PR', 'US']);

export interface SenderProblem {
  readonly text: string;
  readonly todo: string;
  /** What AWS can be asked: it is a problem only where that sender id is not registered there. */
  readonly registration?: { readonly country: string; readonly senderId: string };
}

/** What cannot work, or only after something was registered, of the countries that are listed. */
export function senderProblems(settings: SenderSettings): SenderProblem[] {
  const { countries, routes } = settings;
  if (countries === '*') return [];
  return [...countries].flatMap((country) => {
    const route = forCountry(routes, country) ?? [];
    return [
      ...(route.some((provider) => OF_AWS.has(provider)) ? problemsOf(country, settings) : []),
      ...(route.includes('twilio') ? twilioProblemsOf(country, settings) : []),
    ];
  });
}

function twilioProblemsOf(country: string, { twilioSender }: SenderSettings): SenderProblem[] {
  const sender = forCountry(twilioSender, country);
  const isSenderId = sender !== undefined && !/^(?:\+?\d+|MG[0-9a-fA-F]{32})$/.test(sender);
  if (!isSenderId || !TWILIO_NO_SENDER_ID.has(country)) return [];
  return [
    {
      text: `${country} takes no sender id through Twilio`,
      todo: `Set TWILIO_SENDER: '${country}=…' to a number or a Messaging Service.`,
    },
  ];
}

function problemsOf(country: string, { sender, identity, dltIds }: SenderSettings): SenderProblem[] {
  const { number, senderId } = senderFor(sender, country);
  const problems: SenderProblem[] = [];
  const add = (text: string, todo: string) => problems.push({ text: `${country} ${text}`, todo });

  const callingCode = NUMBER_NEEDED.get(country);
  if (callingCode !== undefined && forCountry(identity, country) === undefined) {
    if (number === undefined) {
      add(
        'takes SMS from a registered number only',
        `Buy and register one (10DLC, toll-free or short code); set SMS_ORIGINATION_NUMBER: '${country}=…' if you have several.`,
      );
    } else if (number.startsWith('+') && !number.startsWith(callingCode)) {
      add(
        "does not deliver another country's number",
        `Set SMS_ORIGINATION_NUMBER: '${country}=…' to a number with ${callingCode}.`,
      );
    }
  }
  if (number?.startsWith('+') === true && SHORT_CODE_ALONE.has(country)) {
    add('takes no SMS from a long number', `Leave it out, SMS_ORIGINATION_NUMBER: '${country}='.`);
  }
  if (country === 'CN') {
    add('takes registered texts only', 'Register the text of your SMS with AWS as a template for China.');
  }
  if (country === 'IN' && (senderId === undefined || dltIds.includes(undefined))) {
    add(
      'has SMS without DLT registration at the international price, or blocks them',
      'Register; set SMS_SENDER_ID, SMS_DLT_ENTITY_ID and SMS_DLT_TEMPLATE_ID.',
    );
  }
  if (senderId === undefined) return problems;
  if (NO_SENDER_ID.has(country)) add('takes no sender id', `Leave it out, SMS_SENDER_ID: '${country}='.`);
  if (SENDER_ID_REGISTERED.has(country)) {
    problems.push({
      text: `${country} takes a sender id only once it is registered`,
      todo: `Is ${senderId} registered there?`,
      registration: { country, senderId },
    });
  }
  if (country === 'FR' && senderId.includes('-')) {
    add('takes no sender id with a hyphen', `Set SMS_SENDER_ID: 'FR=…' to one without.`);
  }
  return problems;
}
