import { strict as assert } from 'node:assert';
import { detail, eventually, newest, openInbox, rows, send, showsCount, showsText } from './browser.js';
import type { Context } from './context.js';

const visible = '#entries > li:visible';

/** The list: search, filters, links, keys, unread, clear and undo, and a restart. */
export async function checkList({ browser, address, relay, check }: Context): Promise<void> {
  relay.inbox.clear();
  const { page, faults } = await openInbox(browser, address);
  await send(page, { to: 'one@example.com', subject: 'First', body: 'Code 111111' });
  await send(page, { channel: 'sms', to: '+12025550123', body: 'Code 222222' });
  await send(page, { channel: 'sms', to: '+4915123456789', body: 'Code 333333' });
  await page.locator('#new').click();
  await page.locator('#app-name').fill('shop');
  await send(page, { to: 'four@example.com', subject: 'Fourth', body: 'Code 444444' });

  await check('the search looks into codes, recipients, texts and reasons', async () => {
    for (const [text, count] of [
      ['111111', 1],
      ['four@', 1],
      ['+1202', 1],
      ['country not', 1],
      ['code', 4],
      ['code first', 1],
    ] as const) {
      await page.locator('#search').fill(text);
      await showsCount(page.locator(visible), count);
    }
    await page.locator('#search').fill('nowhere');
    await page.locator('#nomatch').waitFor();
    await page.locator('#show-all').click();
    await showsCount(page.locator(visible), 4);
  });

  await check('filters show email, SMS, refused, or one app', async () => {
    for (const [show, count] of [
      ['email', 2],
      ['sms', 2],
      ['refused', 1],
      ['all', 4],
    ] as const) {
      await page.locator(`[name=show][value=${show}]`).check();
      await showsCount(page.locator(visible), count);
    }
    await page.locator('#app').selectOption('shop');
    await showsCount(page.locator(visible), 1);
    await showsText(page.locator(visible).locator('h3'), /Fourth$/);
    await page.locator('#app').selectOption('');
  });

  await check('what is open and filtered is in the address, and the browser goes back', async () => {
    await page.locator('[name=show][value=sms]').check();
    await page.locator(visible).first().locator('h3').click();
    await showsText(detail(page).locator('h2'), /^Code 333333/);
    const other = await openInbox(browser, address, { path: `/${new URL(page.url()).hash}` });
    await showsText(detail(other.page).locator('h2'), /^Code 333333/);
    await showsCount(other.page.locator(visible), 2);
    await other.page.close();
    await page.locator(visible).nth(1).locator('h3').click();
    await showsText(detail(page).locator('h2'), /^Code 222222/);
    await page.goBack();
    await showsText(detail(page).locator('h2'), /^Code 333333/);
    await page.locator('[name=show][value=all]').check();
  });

  await check('an address of what is no longer there says so', async () => {
    const other = await openInbox(browser, address, {
      path: '/#entry=00000000',
      viewport: { width: 1500, height: 800 },
    });
    await showsText(detail(other.page), 'This message is no longer in the inbox.');
    await other.page.close();
  });

  await check('the title counts what is unread, and opening is reading, in every tab', async () => {
    const context = await browser.newContext();
    const [one, two] = [await context.newPage(), await context.newPage()];
    await one.goto(address);
    await two.goto(address);
    await showsCount(rows(two), 4);
    await eventually(async () => {
      assert.equal(await one.title(), '(4) Inbox – OTP Relay');
    });
    await newest(one).locator('h3').click();
    await eventually(async () => {
      assert.equal(await one.title(), '(3) Inbox – OTP Relay');
      assert.equal(await two.title(), '(3) Inbox – OTP Relay');
    });
    await context.close();
  });

  await check('j, k and the arrows move, / searches, Esc goes back', async () => {
    const keys = await openInbox(browser, address);
    const opened = () => detail(keys.page).locator('h2');
    await showsCount(rows(keys.page), 4);
    await keys.page.keyboard.press('j');
    await showsText(opened(), /^Fourth/);
    await keys.page.keyboard.press('ArrowDown');
    await showsText(opened(), /^Code 333333/);
    await keys.page.keyboard.press('k');
    await showsText(opened(), /^Fourth/);
    await keys.page.keyboard.press('/');
    await keys.page.keyboard.type('jkj');
    assert.equal(await keys.page.locator('#search').inputValue(), 'jkj');
    await keys.page.keyboard.press('Escape');
    await eventually(() => {
      assert.ok(!keys.page.url().includes('entry='));
    });
    await keys.page.keyboard.press('Escape');
    await showsCount(keys.page.locator(visible), 4);
    assert.deepEqual(keys.faults, []);
    await keys.page.close();
  });

  await check('times are told as a person would, with the exact one on hover', async () => {
    await showsText(newest(page).locator('time'), 'just now');
    assert.match((await newest(page).locator('time').getAttribute('title')) ?? '', /\d{4}/);
  });

  await check('clearing can be undone', async () => {
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.locator('#empty').waitFor();
    await showsText(page.locator('#toast-text'), 'Cleared 4 entries.');
    await page.getByRole('button', { name: 'Undo' }).click();
    await showsCount(rows(page), 4);
    await showsText(newest(page).locator('h3'), /Fourth$/);
  });

  await check('nothing went wrong in the list', () => {
    assert.deepEqual(faults, []);
    return Promise.resolve();
  });
  await page.close();
}
