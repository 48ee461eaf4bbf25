/** Nothing of a message may leave by any way but the provider: not its code, text, subject, recipient or secrets. */
import { createServer } from 'node:http';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { closeServer, listen } from '../../../tools/http.js';
import type { Behaviour } from '../../../tools/loopback/provider.js';
import { signedEvent } from '../../support/event.js';
import { SECRET, startTestRelay, type TestRelay } from '../../support/relay.js';
import { sdkClient } from '../../support/sdk-client.js';

const SECRETS = [
  'CANARY-CODE-77310942',
  'canary-recipient',
  'canary-domain.example',
  '+12133739876',
  '2133739876',
  'CANARY-SUBJECT',
  'CANARY-PROVIDER-WORDS',
  SECRET,
  Buffer.from(SECRET, 'base64').toString('latin1'),
];
const EMAIL = {
  email: 'canary-recipient@canary-domain.example',
  subject: 'CANARY-SUBJECT',
  body: '<p>CANARY-CODE-77310942</p>',
};
const SMS = {
  phoneNumber: '+12133739876',
  messageText: 'CANARY-CODE-77310942',
  code: 'CANARY-CODE-77310942',
};

let ahead = 0;
const now = () => Date.now() + ahead;
const running: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(running.splice(0).map((part) => part.close())));

async function sendEverything(relay: TestRelay): Promise<void> {
  const event = (payload: object | string, path = '/email', headers?: Record<string, string>) =>
    signedEvent(payload, { path, time: now(), ...(headers && { headers }) });
  const email = event(EMAIL);
  await relay.email(email);
  await relay.email(email);
  await relay.sms(event(SMS, '/sms'));
  await relay.email(event(EMAIL, '/email', { 'x-otp-dry-run': '1', 'x-otp-tag-a': 'CANARY-SUBJECT' }));
  await relay.email({
    ...event(EMAIL),
    headers: { 'ownid-signature': SECRET, 'ownid-timestamp': 'CANARY-SUBJECT' },
  });
  await relay.email(event(EMAIL, '/email/CANARY-SUBJECT'));
  await relay.email(event(`${JSON.stringify(EMAIL)} CANARY-CODE-77310942`));
  await relay.email(event({ ...EMAIL, email: 'canary-recipient@canary-domain.example, x' }));
  await relay.email(event({ ...EMAIL, subject: 'CANARY-SUBJECT\n' }));
  await relay.sms(event({ ...SMS, phoneNumber: '+1213373' }, '/sms'));
  await relay.sms(event({ ...SMS, phoneNumber: '+33612345678' }, '/sms'));
  for (let index = 0; index < 6; index += 1) await relay.email(event(EMAIL));
  ahead += 10_000;
  await relay.work();
  ahead += 400_000;
  await relay.work();
}

function expectNothingLeaked(sink: string): void {
  for (const secret of SECRETS) expect(sink).not.toContain(secret);
}

test.each<Behaviour>(['accept', 'transient', 'ambiguous', 'rejected', 'misconfigured'])(
  'providers that answer with %s: nothing in logs, metrics, or the state table',
  async (answer) => {
    const behaviour = (service: string) => ({
      answer: /^s[en]s$/.test(service) ? answer : ('accept' as const),
    });
    const environment = { RECIPIENT_LIMIT: '5', DRY_RUN: 'allowed', OWNID_SHARED_SECRET: 'ssm:/otp/secret' };
    const parameters = new Map([['/otp/secret', SECRET]]);
    const relay = await startTestRelay({ queue: true, now, behaviour, environment, parameters });
    running.push(relay);
    await sendEverything(relay);

    expect(relay.lines.length).toBeGreaterThan(25);
    expectNothingLeaked(relay.lines.join('\n'));
    const client = new DynamoDBClient(sdkClient(relay.environment['AWS_ENDPOINT_URL'] ?? ''));
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'state' }));
    expect(Items.length).toBeGreaterThan(0);
    expectNothingLeaked(JSON.stringify(Items));
  },
);

test.each([
  [
    400,
    '<Error><Code>CANARY-PROVIDER-WORDS canary-recipient@canary-domain.example</Code><Message>CANARY-CODE-77310942 is not verified</Message></Error>',
  ],
  [200, '<MessageId>CANARY-PROVIDER-WORDS canary-recipient@canary-domain.example</MessageId>'],
  [200, 'CANARY-PROVIDER-WORDS CANARY-CODE-77310942'],
  [500, 'CANARY-PROVIDER-WORDS CANARY-CODE-77310942'],
])(
  'a provider that answers %d with the message in its words: nothing in logs or metrics',
  async (status, body) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const result = `<SendEmailResponse><SendEmailResult>${body}</SendEmailResult></SendEmailResponse>`;
        response.writeHead(status).end(status === 400 ? `<ErrorResponse>${body}</ErrorResponse>` : result);
      });
    });
    const port = await listen(server, 0);
    running.push({ close: () => closeServer(server) });
    const relay = await startTestRelay({
      now,
      environment: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
    });
    running.push(relay);
    await relay.email(signedEvent(EMAIL, { time: now() }));
    expect(relay.lines.length).toBeGreaterThan(2);
    expectNothingLeaked(relay.lines.join('\n'));
  },
);

test('the console and the output of the process hold nothing else', async () => {
  const written: string[] = [];
  const { stdout, stderr } = process;
  const originals = [stdout.write.bind(stdout), stderr.write.bind(stderr)] as const;
  const capture = (chunk: unknown) => written.push(String(chunk)) > 0;
  Object.assign(stdout, { write: capture });
  Object.assign(stderr, { write: capture });
  try {
    const relay = await startTestRelay({ queue: true, now, behaviour: () => ({ answer: 'ambiguous' }) });
    running.push(relay);
    await sendEverything(relay);
  } finally {
    Object.assign(stdout, { write: originals[0] });
    Object.assign(stderr, { write: originals[1] });
  }
  expectNothingLeaked(written.join(''));
});
