import { mkdtemp, rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { startLocalRelay } from '../../tools/local/relay.js';
import { launchBrowser, newest, openInbox, preview, root, send } from './browser.js';

/** Makes the pictures of the documentation from the page itself: `npm run pictures`. */
const SIZES = { inbox: { width: 1280, height: 800 }, phone: { width: 390, height: 760 } };

/** What a person sees after some minutes of trying it. */
async function fill(page: Page): Promise<void> {
  await send(page, { channel: 'sms', to: '+12025550123', body: 'Your Example Shop code is 5928' });
  await send(page, { channel: 'sms', to: '+4915123456789', body: 'Dein Code lautet 5928' });
  await send(page, { channel: 'email', to: 'sam@example.com', wrong: 'Wrong secret' });
  await send(page, { channel: 'sms', to: '+12025550123', body: 'Ваш код 5928' });
  await send(page, { to: 'you@example.com' });
  await preview(page).getByText('5928').waitFor();
}

async function takePictures(browser: Browser, address: string, folder: string): Promise<void> {
  const { page } = await openInbox(browser, address);
  await fill(page);
  const open = new URL(page.url()).hash;
  for (const colorScheme of ['light', 'dark'] as const) {
    const wide = await openInbox(browser, address, { path: `/${open}`, colorScheme, viewport: SIZES.inbox });
    await preview(wide.page).getByText('5928').waitFor();
    await wide.page.screenshot({ path: `${folder}/inbox-${colorScheme}.png` });
    const narrow = await openInbox(browser, address, { colorScheme, viewport: SIZES.phone });
    await newest(narrow.page).waitFor();
    await narrow.page.screenshot({ path: `${folder}/phone-${colorScheme}.png` });
    await Promise.all([wide.page.close(), narrow.page.close()]);
  }
}

const [, , folder = `${root}docs/images`] = process.argv;
const relayFolder = await mkdtemp(`${root}dist/pictures-`);
const relay = await startLocalRelay({
  port: 0,
  overrides: { RECIPIENT_LIMIT: '*', EMAIL_PROVIDER: 'ses,smtp' },
  folder: relayFolder,
});
const browser = await launchBrowser();
try {
  await takePictures(browser, relay.address, folder);
} finally {
  await browser.close();
  await relay.close();
  await rm(relayFolder, { recursive: true });
}
