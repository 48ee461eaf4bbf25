import { strict as assert } from 'node:assert';
import { startLocalRelay } from '../../tools/local/relay.js';
import { startEmailLoopbacks } from '../../tools/loopback/email.js';
import { openInbox, root, rows, showsCount, showsText } from './browser.js';
import type { Context } from './context.js';

/** Trying a provider that is real: here a mail server on this machine that the relay does not play itself. */
export async function checkTrial({ browser, address, pictures, check }: Context): Promise<void> {
  await check('while all providers are played nothing can be tried, and the page says how', async () => {
    const { page } = await openInbox(browser, address);
    await page.locator('#new').click();
    await showsCount(page.locator('#try button'), 0);
    await showsText(page.locator('#try'), /For real: npm start -- --real ses,smtp$/);
    await page.locator('input[name=channel][value=sms]').check();
    await showsText(page.locator('#try'), /For real: npm start -- --real sns$/);
    await page.close();
  });

  const received: string[] = [];
  const server = await startEmailLoopbacks({ onMessage: ({ to }) => received.push(to) });
  const relay = await startLocalRelay({
    port: 0,
    folder: `${root}dist/browser-trial`,
    overrides: { ...server.environment, EMAIL_PROVIDER: 'ses,smtp', SMTP_PASSWORD__SHOP: 'wrong' },
    real: { providers: new Set(['smtp']), credentials: {} },
  });
  const { page, faults } = await openInbox(browser, relay.address);
  const tryIt = () => page.getByRole('button', { name: 'Try SMTP' }).click();

  await check('the banner says which provider is real', async () => {
    await showsText(page.locator('#where'), /^SMTP REAL 127\.0\.0\.1\s*SES, SNS played here$/);
  });

  await check('only what is real can be tried, and its reply is shown', async () => {
    await page.locator('#new').click();
    await showsCount(page.locator('#try button'), 1);
    await page.locator('#to').fill('tried@example.com');
    await tryIt();
    await showsText(page.locator('#result'), /^SMTP accepted it: .+\nOwnID would see 202 accepted, after/);
    assert.deepEqual(received, ['tried@example.com']);
    await showsCount(rows(page), 0);
  });

  await check('a refusal is shown in the server’s words, with what to do', async () => {
    await page.locator('#app-name').fill('shop');
    await tryIt();
    await showsText(
      page.locator('#result'),
      /^SMTP: misconfigured \(535\/5.7.8\)\nit says: 535 .+\nCheck SMTP_USERNAME and SMTP_PASSWORD/,
    );
    assert.equal(received.length, 1);
    await page.screenshot({ path: `${pictures}/trial.png` });
  });

  await check('nothing went wrong while trying', () => {
    assert.deepEqual(faults, []);
    return Promise.resolve();
  });
  await page.close();
  await relay.close();
  await server.close();
}
