import { strict as assert } from 'node:assert';
import { detail, newest, openInbox, send, showsCount, showsText } from './browser.js';
import type { Context } from './context.js';

/** Providers that fail, and what a person sees of it. */
export async function checkScenarios({ browser, address, check }: Context): Promise<void> {
  const { page, faults } = await openInbox(browser, address);
  const start = async (title: string) => {
    if (!(await page.locator('#form').isVisible())) await page.locator('#new').click();
    await page.getByRole('button', { name: `Start: ${title}` }).click();
    await showsText(page.locator('#active-title'), `Scenario: ${title}`);
  };
  const end = async () => {
    await page.getByRole('button', { name: 'End scenario' }).click();
    await page.locator('#active').waitFor({ state: 'hidden' });
  };

  await check('there are scenarios for the providers in use alone', async () => {
    await page.locator('#new').click();
    await showsCount(page.locator('#scenarios li'), 11);
    const titles = await page.locator('#scenarios strong').allInnerTexts();
    assert.ok(titles.includes('SES is down, SMTP takes over'));
    assert.ok(!titles.some((title) => /SendGrid|Mandrill|Microsoft/.test(title)));
  });

  await check('the next provider takes over, and the timeline says so in words', async () => {
    await start('SES is down, SMTP takes over');
    await send(page);
    await showsText(newest(page).locator('[data-facts]'), /^SMTP · /);
    await showsText(
      detail(page).locator('.timeline'),
      /SES could not take it just now \(Throttling\)[^]*Sent through SMTP [\d.]+ m?s later/,
    );
    await detail(page).getByRole('tab', { name: 'Source' }).click();
    await showsText(detail(page).locator('pre:visible'), /^From: Example Shop[^]*-- text\/html --\n<div/im);
  });

  await check('what is played is seen in every tab, and ended with one button in any', async () => {
    const other = await openInbox(browser, address, { viewport: { width: 360, height: 700 } });
    await showsText(other.page.locator('#active-title'), 'Scenario: SES is down, SMTP takes over');
    await other.page.getByRole('button', { name: 'End scenario' }).click();
    await page.locator('#active').waitFor({ state: 'hidden' });
    await other.page.close();
  });

  await check('a message that has to wait is shown to be queued, and then to be delivered', async () => {
    await start('SNS is down');
    await send(page, { channel: 'sms', to: '+12025550123', body: 'Code 7777' });
    await newest(page)
      .locator('.pill', { hasText: /^202 (?:queued|retried)$/ })
      .waitFor();
    await showsText(detail(page).locator('.explanation'), /^The provider could not take it/);
    await end();
    await newest(page).locator('.pill', { hasText: '202 accepted' }).waitFor();
    await detail(page).locator('.bubble', { hasText: 'Code 7777' }).waitFor();
    await showsText(detail(page).locator('.timeline'), /Sent through SNS by the queue, try \d+/);
    // Until it was delivered, and not the moment that the webhook took.
    const facts = await newest(page).locator('[data-facts]').innerText();
    assert.match(facts, /^SNS · [\d.]+ s/);
  });

  await check('a message that is delivered twice says so in its row', async () => {
    await start('The answer of SES gets lost');
    await send(page, { to: 'twice@example.com' });
    await end();
    await newest(page).locator('.twice', { hasText: 'delivered twice' }).waitFor();
    await showsCount(detail(page).locator('.messages section'), 2);
  });

  await check('a provider that refuses the account is explained with its code', async () => {
    await start('SES refuses the message');
    await send(page);
    await showsText(newest(page).locator('.pill'), '422 rejected');
    await showsText(detail(page).locator('.timeline'), /SES refused the message \(MessageRejected\)/);
    await end();
  });

  await check('nothing went wrong with the scenarios', () => {
    assert.deepEqual(faults, []);
    return Promise.resolve();
  });
  await page.close();
}
