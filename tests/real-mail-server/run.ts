import { deepEqual, equal, match } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { DeliveryError } from '../../lib/errors.js';
import type { EmailMessage } from '../../lib/email/message.js';
import type { Environment } from '../../lib/settings/settings.js';
import { createCertificate } from '../../tools/loopback/certificate.js';
import { connectProvider, emailMessage } from '../support/email-provider.js';
import { type PolicyService, startPolicyService } from './policy-service.js';
import { ACCOUNT, checkPrerequisites, type MailServer, MAXIMUM_BYTES, startMailServer } from './server.js';
import { until } from '../support/until.js';

async function main(): Promise<number> {
  const policy = await startPolicyService();
  try {
    const server = await startMailServer(policy.port);
    try {
      return await checkAll(server, policy);
    } finally {
      await server.close();
    }
  } finally {
    await policy.close();
  }
}

/** @returns how many checks failed. */
async function checkAll(server: MailServer, policy: PolicyService): Promise<number> {
  let passed = 0;
  let failed = 0;

  const check = async (title: string, body: () => Promise<void>) => {
    policy.onQuestion = () => undefined;
    try {
      await body();
      passed += 1;
      console.log(`ok    ${title}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${title}\n${String(error)}`);
    }
  };
  const connect = (environment: Environment = {}) =>
    connectProvider({
      EMAIL_PROVIDER: 'smtp',
      EMAIL_FROM: ACCOUNT.username,
      EMAIL_FROM_NAME: '認証 Café',
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(server.port),
      SMTP_USERNAME: ACCOUNT.username,
      SMTP_PASSWORD: ACCOUNT.password,
      SMTP_CA: server.certificate.cert,
      ...environment,
    });
  const overPolicyPort = () => connect({ SMTP_PORT: String(server.policyPort) });
  const signal = () => AbortSignal.timeout(10_000);
  const message = (fields: Partial<EmailMessage> = {}) =>
    emailMessage({ to: 'user@shop.example', ...fields });
  const failureOf = async (attempt: Promise<unknown>) => {
    const outcome = await attempt.catch((error: unknown) => error);
    if (outcome instanceof DeliveryError) return `${outcome.kind} ${outcome.code}`;
    throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  };
  /** How often a subject is in the mailbox once it is there at all. */
  const arrivals = async (subject: string) => {
    for (let tries = 0; tries < 100; tries += 1) {
      const mails = await Promise.all(server.mailbox().map((source) => PostalMime.parse(source)));
      const found = mails.filter((mail) => mail.subject === subject);
      if (found.length > 0 && server.log().includes('removed')) return found;
      await delay(100);
    }
    throw new Error(`nothing arrived:\n${server.log()}`);
  };

  await check('accepted with STARTTLS and LOGIN, and found in the mailbox as it was sent', async () => {
    const [subject, html] = ['ログイン確認 🔐', '<p>Your code:\n.\n<b>5928</b> 🎉</p>'];
    const deliver = await connect({ SMTP_PORT: String(server.loginPort) });
    const { messageId } = await deliver(message({ subject, html }), until(signal()));
    const mails = await arrivals(subject);
    equal(mails.length, 1);
    const [mail] = mails;
    equal(mail?.html, html);
    equal(mail.messageId, messageId);
    deepEqual(mail.from, { name: '認証 Café', address: ACCOUNT.username });
    match(server.log(), /Anonymous TLS connection established from .*TLSv1\.[23]/);
    match(server.log(), /sasl_method=LOGIN, sasl_username=relay@shop\.example/);
  });

  await check('several messages over one session, logged in with PLAIN', async () => {
    const before = server.log().length;
    const deliver = await connect();
    for (const subject of ['one', 'two', 'three']) {
      await deliver(message({ subject }), until(signal()));
      equal((await arrivals(subject)).length, 1);
    }
    equal(
      server
        .log()
        .slice(before)
        .match(/: connect from/g)?.length,
      1,
    );
    match(server.log().slice(before), /sasl_method=PLAIN/);
  });

  await check('twenty at once arrive once each', async () => {
    const deliver = await connect();
    const subjects = Array.from({ length: 20 }, (_, index) => `at once ${index}`);
    await Promise.all(subjects.map((subject) => deliver(message({ subject }), until(signal()))));
    for (const subject of subjects) equal((await arrivals(subject)).length, 1);
  });

  await check('a wrong password is misconfigured', async () => {
    const deliver = await connect({ SMTP_PASSWORD: 'battery staple' });
    equal(await failureOf(deliver(message(), until(signal()))), 'misconfigured 535/5.7.8');
  });

  await check('an untrusted certificate is misconfigured', async () => {
    const { cert } = await createCertificate();
    const deliver = await connect({ SMTP_CA: cert });
    equal(await failureOf(deliver(message(), until(signal()))), 'misconfigured DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  await check('a refused recipient is rejected', async () => {
    const deliver = await connect();
    const attempt = deliver(message({ to: 'nobody@shop.example' }), until(signal()));
    equal(await failureOf(attempt), 'rejected 550/5.1.1');
  });

  await check('a message over the size limit is rejected', async () => {
    const deliver = await connect();
    const html = `<p>1234</p><!--${'x'.repeat(MAXIMUM_BYTES)}-->`;
    equal(await failureOf(deliver(message({ html }), until(signal()))), 'rejected MESSAGE_TOO_LARGE');
  });

  await check('a session killed between messages is replaced, and the message arrives once', async () => {
    const deliver = await connect();
    await deliver(message({ subject: 'before the kill' }), until(signal()));
    server.killSessions();
    await deliver(message({ subject: 'after the kill' }), until(signal()));
    equal((await arrivals('after the kill')).length, 1);
  });

  await check('a session killed in the middle is replaced, and the message arrives once', async () => {
    let kills = 0;
    policy.onQuestion = (stage) => {
      if (stage === 'RCPT' && (kills += 1) === 1) server.killSessions();
    };
    const deliver = await overPolicyPort();
    await deliver(message({ subject: 'killed in the middle' }), until(signal()));
    equal((await arrivals('killed in the middle')).length, 1);
    equal(kills, 2);
  });

  await check('a session killed after the end of the message is ambiguous', async () => {
    policy.onQuestion = (stage) => {
      if (stage === 'END-OF-MESSAGE') server.killSessions();
    };
    const deliver = await overPolicyPort();
    match(await failureOf(deliver(message(), until(signal()))), /^ambiguous ECONN/);
  });

  await check('a server killed in the middle is transient', async () => {
    policy.onQuestion = () => {
      server.kill();
    };
    const deliver = await overPolicyPort();
    match(await failureOf(deliver(message(), until(signal()))), /^transient ECONN/);
  });

  await check('a server that is down is transient', async () => {
    const deliver = await connect();
    equal(await failureOf(deliver(message(), until(signal()))), 'transient ECONNREFUSED');
  });

  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}

try {
  checkPrerequisites();
  process.exitCode = (await main()) === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
