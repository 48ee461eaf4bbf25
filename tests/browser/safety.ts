import { strict as assert } from 'node:assert';
import { detail, eventually, newest, openInbox, preview, send, showsCount, showsText } from './browser.js';
import { hostileHtml, type startCanary } from './canary.js';
import type { Context } from './context.js';

/** That nothing in a message runs, loads, connects or leaves its frame; and the end of the relay. */
export async function checkSafety(
  { browser, address, relay, pictures, check }: Context,
  canary: Awaited<ReturnType<typeof startCanary>>,
): Promise<void> {
  const { page, faults } = await openInbox(browser, address);

  await check('nothing in a hostile message runs, loads, connects or leaves its frame', async () => {
    await send(page, { subject: '<img src=x onerror=alert(1)>"\u202e', body: hostileHtml(canary.origin) });
    await preview(page).getByText('5928').waitFor();
    const before = page.url();
    await showsText(newest(page).locator('[data-title]'), '<img src=x onerror=alert(1)>"\u202e');
    await showsCount(page.locator('#entries h3 img, #detail h2 img'), 0);

    // Refreshes, fonts and early connections take their time.
    await page.waitForTimeout(1500);
    assert.deepEqual(canary.seen, []);

    for (const id of ['link', 'top', 'blank', 'script', 'submit']) {
      await preview(page).locator(`#${id}`).click();
      await page.waitForTimeout(300);
      await preview(page).getByText('5928').waitFor();
    }
    assert.deepEqual(canary.seen, []);
    assert.deepEqual(
      faults.filter((fault) => !/^(?:request|console):/.test(fault)),
      [],
    );
    assert.equal(page.url(), before);
    assert.match(await page.title(), /Inbox – OTP Relay$/);
    assert.equal(await page.evaluate("'pwned' in window"), false);
    assert.equal(page.frames().filter((frame) => frame.url().startsWith(canary.origin)).length, 0);
    await page.screenshot({ path: `${pictures}/hostile.png` });
  });

  await check('(the same message does all of that where it is let)', async () => {
    const control = await browser.newPage();
    const dialogs: string[] = [];
    control.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await control.goto(`${canary.origin}/page`, { waitUntil: 'commit' });
    await control.waitForURL(`${canary.origin}/refresh`);
    await eventually(() => {
      assert.ok(dialogs.length > 0);
      for (const path of ['/image', '/script.js', '/link.css', '/iframe', '/refresh']) {
        assert.ok(canary.seen.includes(path), `${path} was not asked for`);
      }
    });
    await control.close();
  });

  await check('a hostile text message is text', async () => {
    const text = '<script>alert(1)</script><img src=x onerror=alert(2)>';
    await send(page, { channel: 'sms', to: '+12025550123', body: text });
    await showsText(detail(page).locator('.bubble'), text);
  });
  await page.close();

  await check('it says so when the relay has stopped', async () => {
    const { page: last } = await openInbox(browser, address);
    await last.locator('#new').click();
    await relay.close();
    await last.locator('#connection[data-state=lost]').waitFor();
    await showsText(last.locator('#connection'), 'The relay has stopped');
    await last.getByRole('button', { name: 'Sign and send' }).click();
    await last.locator('#result', { hasText: 'Is npm start still running?' }).waitFor();
  });
}
