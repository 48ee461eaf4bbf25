/**
 * What comes back in place of a provider's own answer, from the provider or from anything between it and us. The
 * message may have been taken by then, so it must never be called not accepted.
 */
import fc from 'fast-check';
import type { Deliver } from '../../lib/delivery/route.js';
import { DeliveryError } from '../../lib/errors.js';
import type { Environment } from '../../lib/settings/settings.js';
import { connectProvider, emailMessage } from '../support/email-provider.js';
import { connectSmsProvider, smsMessage } from '../support/sms-provider.js';
import { type HttpReaction, type ScriptedHttp, startScriptedHttp } from '../support/scripted-http.js';
import { until } from '../support/until.js';

const awsAt = (origin: string) => ({
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: origin,
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
});
type Send = (options: Parameters<Deliver<unknown>>[1]) => ReturnType<Deliver<unknown>>;
const emailBy = async (environment: Environment): Promise<Send> => {
  const deliver = await connectProvider(environment);
  return (options) => deliver(emailMessage(), options);
};
const smsBy = async (environment: Environment): Promise<Send> => {
  const deliver = await connectSmsProvider(environment);
  return (options) => deliver(smsMessage(), options);
};

const xmlError = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`;

const jsonError = (code: string) => JSON.stringify({ __type: code, Message: 'm', Reason: code });

/** Each with an error in its own format, under a name that it does not define. */
const PROVIDERS: readonly {
  name: string;
  connect: (origin: string) => Promise<Send>;
  errorNamed: (name: string) => string;
}[] = [
  {
    name: 'ses',
    connect: (origin) => emailBy({ EMAIL_PROVIDER: 'ses', ...awsAt(origin) }),
    errorNamed: xmlError,
  },
  {
    name: 'sendgrid',
    connect: (origin) =>
      emailBy({ EMAIL_PROVIDER: 'sendgrid', SENDGRID_API_KEY: 'SG.example', SENDGRID_API_URL: origin }),
    // It names its errors by status alone.
    errorNamed: (name) => JSON.stringify({ errors: { [name]: [{ message: name }] } }),
  },
  {
    name: 'mandrill',
    connect: (origin) =>
      emailBy({ EMAIL_PROVIDER: 'mandrill', MANDRILL_API_KEY: 'md-example', MANDRILL_API_URL: origin }),
    errorNamed: (name) => JSON.stringify({ status: 'error', code: -1, name, message: 'm' }),
  },
  {
    name: 'sns',
    connect: (origin) => smsBy({ SMS_PROVIDER: 'sns', SMS_ALLOWED_COUNTRIES: 'US', ...awsAt(origin) }),
    errorNamed: xmlError,
  },
  {
    name: 'eum',
    connect: (origin) => smsBy({ SMS_PROVIDER: 'eum', ...awsAt(origin) }),
    errorNamed: jsonError,
  },
  {
    name: 'notify',
    connect: (origin) => smsBy({ SMS_PROVIDER: 'notify', NOTIFY_CONFIGURATION_ID: 'nc-1', ...awsAt(origin) }),
    errorNamed: jsonError,
  },
  {
    name: 'twilio',
    connect: (origin) =>
      smsBy({
        SMS_PROVIDER: 'twilio',
        TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
        TWILIO_AUTH_TOKEN: 'token',
        TWILIO_SENDER: '+15005550006',
        TWILIO_API_URL: origin,
      }),
    errorNamed: (code) => JSON.stringify({ code, message: 'm', more_info: 'https://x/', status: 400 }),
  },
];

const PAGES = [
  '',
  '<html><body><h1>502 Bad Gateway</h1></body></html>',
  'upstream connect error',
  '\0\x1f\x8b',
];
const VALUES = [
  '{}',
  'null',
  '[]',
  '[null]',
  '[[]]',
  '5',
  '"text"',
  '{"errors":[null]}',
  '{"errors":{}}',
  '{"errors":"x"}',
  '[{"status":',
  '[{"status":{"toString":null}}]',
  '[{"status":["sent"]}]',
  '{"name":null}',
  '{"name":{}}',
  '<Error/>',
  '<ErrorResponse><Error><Code/></Error></ErrorResponse>',
  '<ErrorResponse><Error><Code><a/></Code></Error></ErrorResponse>',
  '<ErrorResponse><Error><Code>a</Code><Code>b</Code><Message><b/></Message></Error></ErrorResponse>',
];
const HOSTILE = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'Unknown',
  'NotFound',
  'x'.repeat(5000),
  'Rejected by user@example.com: 5928',
];
const BODIES = [...PAGES, ...VALUES];
const STATUSES = Array.from({ length: 400 }, (_, index) => 200 + index);

describe.each(PROVIDERS)('$name', ({ name: provider, connect, errorNamed }) => {
  let server: ScriptedHttp;
  let send: Send;
  beforeAll(async () => {
    server = await startScriptedHttp('hang');
    send = await connect(server.origin);
  });
  afterAll(() => server.close());

  /** What a delivery makes of a reaction: `accepted`, or the kind of its failure. */
  const outcomeOf = async (reaction: HttpReaction, timeoutMs = 5000): Promise<string> => {
    server.react(reaction);
    try {
      expect(await send(until(AbortSignal.timeout(timeoutMs)))).toMatchObject({ provider });
      return 'accepted';
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      expect(error.provider).toBe(provider);
      return error.kind;
    }
  };
  const unknownUnless429 = (status: number) => (status === 429 ? 'transient' : 'ambiguous');

  test('a status without the provider’s own words is unknown, but for 429', async () => {
    for (const status of STATUSES) {
      const body = BODIES[status % BODIES.length] ?? '';
      const kind = await outcomeOf({ status, body });
      expect({ status, body, kind }).toEqual({ status, body, kind: unknownUnless429(status) });
    }
  });

  test.each(BODIES)('%j in place of an answer is unknown, whatever the status', async (body) => {
    for (const status of [200, 400, 401, 403, 404, 408, 413, 422, 500, 502, 503, 504]) {
      const kind = await outcomeOf({ status, body });
      expect({ status, kind }).toEqual({ status, kind: 'ambiguous' });
    }
  });

  test.each(HOSTILE)('an error that is named %j is unknown', async (name) => {
    for (const status of [200, 400, 403, 404, 500, 503]) {
      const kind = await outcomeOf({ status, body: errorNamed(name) });
      expect({ status, kind }).toEqual({ status, kind: 'ambiguous' });
    }
  });

  test('no JSON or XML is anything but an outcome of the table, nor a certain failure', async () => {
    const word = fc.constantFrom('message', 'field', 'from', 'x', 'constructor', '__proto__', 'a b', '');
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, -1, 'x', ''),
        word,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'status',
            'name',
            'code',
            '_id',
            'reject_reason',
            'queued_reason',
            'field',
            '__proto__',
            'toString',
            '$metadata',
            '$fault',
            '__type',
            'Reason',
            'sid',
          ),
          tie('value'),
          { maxKeys: 4 },
        ),
      ),
    })).value;
    const xml = fc.array(
      fc.constantFrom(
        '<ErrorResponse>',
        '<Error>',
        '<Code>',
        'x',
        '</Code>',
        '<Message>',
        '</Message>',
        '</Error>',
        '</ErrorResponse>',
        '&amp;',
        '&bad;',
        '<![CDATA[',
        ']]>',
        '<!--',
        '<?xml version="1.0"?>',
      ),
      { maxLength: 12 },
    );
    const body = fc.oneof(
      value.map((one) => JSON.stringify(one)),
      xml.map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    const status = fc.oneof(fc.constantFrom(200, 400, 401, 403, 500), fc.integer({ min: 200, max: 599 }));
    await fc.assert(
      fc.asyncProperty(status, body, async (code, text) => {
        const kind = await outcomeOf({ status: code, body: text });
        expect(kind).toBe(unknownUnless429(code));
      }),
      { numRuns: 200 },
    );
  });

  test.each<HttpReaction>([
    'reset',
    'close',
    'garbage',
    'cut off',
    'switching protocols',
    'endless headers',
    'endless body',
    'endless chunks',
  ])('%s is unknown, and known to be so at once', async (reaction) => {
    const startedAt = Date.now();
    expect(await outcomeOf(reaction)).toBe('ambiguous');
    expect(Date.now() - startedAt).toBeLessThan(3000);
  });

  test.each<HttpReaction>(['hang', 'endless interim answers'])(
    '%s is unknown when the deadline comes',
    async (reaction) => {
      const startedAt = Date.now();
      expect(await outcomeOf(reaction, 300)).toBe('ambiguous');
      expect(Date.now() - startedAt).toBeLessThan(1500);
    },
  );
});
