import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { detail, eventually, newest, openInbox, rows, send, showsCount, showsText } from './browser.js';
import type { Context } from './context.js';

/** What became of a request, and how to do it again. */
export async function checkInspector({ browser, address, check }: Context): Promise<void> {
  const { page, faults } = await openInbox(browser, address);

  const refusals = [
    ['Wrong secret', 'Signature mismatch', /^The signature does not belong.*\n*Copy the shared secret/s],
    ['One byte changed', 'Signature mismatch', /^The signature does not belong/],
    ['Five minutes old', 'Timestamp stale', /^The timestamp is more than a minute from now/],
  ] as const;
  for (const [wrong, reason, explanation] of refusals) {
    await check(`a refused request (${wrong}) leads with its reason and what to do`, async () => {
      await send(page, { wrong });
      await showsText(newest(page).locator('.reason'), reason);
      await showsText(newest(page).locator('.pill'), '401 unauthenticated');
      await showsText(detail(page).locator('.explanation'), explanation);
      await showsCount(detail(page).locator('iframe'), 0);
      await showsCount(detail(page).locator('.code:visible'), 0);
    });
  }

  await check('a replayed request is answered twice and delivered once', async () => {
    await send(page, { wrong: 'Replayed' });
    await showsText(newest(page).locator('.pill'), '202 replayed');
    await showsText(rows(page).nth(1).locator('.pill'), '202 accepted');
  });

  await check('a request to a wrong URL is listed, with the right one', async () => {
    const count = await rows(page).count();
    assert.equal((await fetch(`${address}/prod/email`, { method: 'POST', body: '{}' })).status, 404);
    assert.equal((await fetch(`${address}/email`)).status, 404);
    await showsCount(rows(page), count + 2);
    await showsText(newest(page).locator('h3'), /GET \/email$/);
    await rows(page).nth(1).locator('h3').click();
    await showsText(detail(page).locator('h2'), /^POST \/prod\/email/);
    await showsText(
      detail(page).locator('.explanation'),
      new RegExp(`There is nothing at /prod/email.*Enter ${address}/email`, 's'),
    );
  });

  await check('the request is shown with its headers, its body in lines, and the answer', async () => {
    await send(page, { to: 'inspect@example.com' });
    await detail(page).getByText('Request and answer').click();
    const shown = detail(page).locator('.request pre');
    await showsCount(shown, 3);
    await showsText(shown.first(), /^POST \/email\n[^]*ownid-signature: [A-Za-z0-9+/]{43}=/);
    await showsText(shown.nth(1), /^\{\n {2}"email": "inspect@example.com",\n/);
    await showsText(shown.nth(2), /^202\n[^]*\(empty body\)$/);
  });

  await check('"Send again" signs afresh and delivers once more', async () => {
    const before = page.url();
    await detail(page).getByRole('button', { name: 'Send again' }).click();
    await page.waitForURL((url) => url.href !== before);
    await showsText(newest(page).locator('.pill'), '202 accepted');
    await showsText(newest(page).locator('.to'), 'Email to inspect@example.com');
  });

  await check('"Copy as curl" gives a command that is accepted', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await send(page, { to: 'curl@example.com', body: `<p>It's "5928" & $HOME</p>` });
    await detail(page).getByRole('button', { name: 'Copy as curl' }).click();
    await detail(page).getByRole('button', { name: 'Copied' }).first().waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    const { stdout } = await promisify(execFile)('bash', ['-c', command]);
    assert.match(stdout, /^HTTP\/1\.1 202 /);
    await eventually(async () => {
      await newest(page).locator('h3').click();
      assert.match(await detail(page).locator('.tab-panel').first().innerText(), /^/);
    });
    await detail(page).frameLocator('iframe').getByText(`It's "5928" & $HOME`).waitFor();
  });

  await check('nothing went wrong in the inspector', () => {
    assert.deepEqual(faults, []);
    return Promise.resolve();
  });
  await page.close();
}
