import { strict as assert } from 'node:assert';
import {
  detail,
  eventually,
  newest,
  openInbox,
  preview,
  rows,
  send,
  showsCount,
  showsText,
} from './browser.js';
import type { Context } from './context.js';

/** A template as long as real ones are. */
const LONG_MAIL = `<table width="600"><tr><td>${'<p>Hello from the shop.</p>'.repeat(25)}
<p>Your code is <b id="code">482913</b></p><p><a id="link" href="https://shop.example/help?x=1&amp;y=2">Help</a></p>
<img src="https://shop.example/logo.png" width="80" height="40" alt="logo"></td></tr></table>`;

/** Email and SMS as they are shown to a person. */
export async function checkMessages({ browser, address, relay, pictures, check }: Context): Promise<void> {
  const { page, faults } = await openInbox(browser, address);

  await check('an empty inbox says how to fill it', async () => {
    await showsText(page.locator('#empty h3'), 'Nothing has arrived yet');
    await showsText(page.locator('#empty code'), relay.command);
    await page.screenshot({ path: `${pictures}/empty.png` });
  });

  await check('an email that is sent is shown with its code first, in the row and in full', async () => {
    await send(page);
    await showsText(newest(page).locator('.code'), '5928');
    await showsText(detail(page).locator('.code'), '5928');
    await showsText(newest(page).locator('h3'), /Your Example Shop code$/);
    await showsText(newest(page).locator('.pill'), '202 accepted');
    await showsText(newest(page).locator('[data-facts]'), /^SES · [\d.]+ m?s$/);
    await preview(page).getByText('5928').waitFor();
  });

  await check('the code is copied with one click, from the row', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await newest(page).getByRole('button', { name: 'Copy code 5928' }).click();
    await eventually(async () => {
      assert.equal(await page.evaluate('navigator.clipboard.readText()'), '5928');
    });
  });

  await check('its text and its decoded source are one tab away, by arrow keys', async () => {
    await detail(page).getByRole('tab', { name: 'Message' }).focus();
    await page.keyboard.press('ArrowRight');
    await showsText(detail(page).locator('pre:visible'), /Your verification code is\s+5928/);
    await page.keyboard.press('End');
    await showsText(detail(page).locator('pre:visible'), /Message\.Body\.Html\.Data:\s*\n<div/);
    await page.getByRole('button', { name: 'As it came over the wire' }).click();
    await showsText(detail(page).locator('pre:visible'), /Message\.Body\.Html\.Data=%3Cdiv/);
  });

  await check('a preview is as high as its mail, at full width and as a phone shows it', async () => {
    await send(page, { subject: 'A long one', body: LONG_MAIL });
    await preview(page).locator('#code').waitFor();
    const hidden = async () => page.evaluate<number>('hiddenPreviewHeight()');
    await eventually(async () => {
      assert.ok((await hidden()) <= 0, `${String(await hidden())} pixels are cut off`);
    });
    await page.getByRole('button', { name: 'Phone width' }).click();
    await eventually(async () => {
      assert.equal((await detail(page).locator('iframe').boundingBox())?.width, 373);
      assert.ok((await hidden()) <= 0);
    });
    await page.getByRole('button', { name: 'Phone width' }).click();
  });

  await check('a link shows its target and leads nowhere; the preview stays', async () => {
    const link = preview(page).locator('#link');
    assert.equal(await link.getAttribute('title'), 'https://shop.example/help?x=1&y=2');
    await link.click();
    await preview(page).locator('#code').waitFor();
    assert.equal(page.frames().length, 2);
    assert.match(page.frames()[1]?.url() ?? '', /\/messages\/html\//);
  });

  await check('it says that an image is not shown', async () => {
    await showsText(detail(page).locator('.tab-panel .note:visible'), /^One image is not shown/);
  });

  await check('a mail is shown in the scheme that is asked for, whatever the browser’s own is', async () => {
    const body = `<style>p { color: rgb(1, 1, 1) } @media (prefers-color-scheme: dark) { p { color: rgb(9, 9, 9) } }</style><p>Code 5928</p>`;
    await send(page, { body });
    const script = `getComputedStyle(document.querySelector('#detail iframe').contentDocument.querySelector('p')).color`;
    const colour = () => page.evaluate<string>(script);
    await eventually(async () => {
      assert.equal(await colour(), 'rgb(1, 1, 1)');
    });
    await page.getByRole('button', { name: 'Dark' }).click();
    await eventually(async () => {
      assert.equal(await colour(), 'rgb(9, 9, 9)');
    });
  });

  await check('an SMS is shown with its encoding, its segments and what it is billed as', async () => {
    await send(page, { channel: 'sms', body: `${'Ваш код 5928. '.repeat(6)}🔑` });
    await showsText(detail(page).locator('.air'), /^UCS-2\s+2 segments\s+86 code units\s+billed as 2 SMS$/);
    await showsText(newest(page).locator('[data-facts]'), /UCS-2, 2 segments: billed as 2 SMS$/);
    await showsText(newest(page).locator('.code'), '5928');
    await showsCount(page.locator('#subject:visible'), 0);
  });

  await check('the SMS form has no subject', async () => {
    await page.locator('#new').click();
    await page.locator('input[name=channel][value=sms]').check();
    await page.locator('#body').waitFor();
    await showsCount(page.locator('#subject:visible'), 0);
    await page.locator('input[name=channel][value=email]').check();
    await showsCount(page.locator('#subject:visible'), 1);
  });

  await check('what comes by another way appears live in every window, and is announced', async () => {
    const other = await openInbox(browser, address);
    await fetch(`${address}/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: 'email',
        to: 'a@example.com',
        subject: 'From elsewhere',
        body: 'Code 777123',
        variant: 'valid',
      }),
    });
    for (const window of [page, other.page]) await showsText(newest(window).locator('h3'), /From elsewhere$/);
    const announced = /^Email: From elsewhere, 202 accepted, code 7 7 7 1 2 3$/;
    await page.locator('#announcement', { hasText: announced }).waitFor({ state: 'attached' });
    await other.page.close();
  });

  await check('a message that arrives leaves the one that is read where it is', async () => {
    await newest(page).locator('h3').click();
    const before = await detail(page).locator('h2').boundingBox();
    const count = await rows(page).count();
    await fetch(`${address}/again`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: await newest(page).getAttribute('data-id') }),
    });
    await showsCount(rows(page), count + 1);
    assert.deepEqual(await detail(page).locator('h2').boundingBox(), before);
  });

  await check('nothing went wrong in the page, and it asked for nothing elsewhere', () => {
    assert.deepEqual(
      faults.filter((fault) => !fault.includes('shop.example')),
      [],
    );
    return Promise.resolve();
  });
  await page.close();
}
