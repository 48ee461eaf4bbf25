import { connectProvider, emailMessage } from '../../support/email-provider.js';
import { startScriptedHttp } from '../../support/scripted-http.js';
import { until } from '../../support/until.js';

test.each([
  { status: 'sent', queued_reason: null },
  { status: 'queued', queued_reason: null },
  { status: 'queued', queued_reason: 'multiple-recipients' },
  { status: 'queued', queued_reason: 'sending-backlogged' },
  { status: 'queued', queued_reason: { reason: 'account-suspended' } },
])('a message that leaves in time is accepted: $status, $queued_reason', async (fields) => {
  const recipient = { email: 'user@example.com', reject_reason: null, _id: 'abc', ...fields };
  const server = await startScriptedHttp({ status: 200, body: JSON.stringify([recipient]) });
  try {
    const deliver = await connectProvider({
      EMAIL_PROVIDER: 'mandrill',
      MANDRILL_API_KEY: 'md-example',
      MANDRILL_API_URL: server.origin,
    });
    const acceptance = deliver(emailMessage(), until(AbortSignal.timeout(5000)));
    expect(await acceptance).toEqual({ provider: 'mandrill', messageId: 'abc' });
  } finally {
    await server.close();
  }
});
