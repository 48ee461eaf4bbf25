import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Throws where there is no browser. */
export function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM}. Install Debian's package chromium, or set CHROMIUM_PATH.`,
    );
  }
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

export interface Watched {
  readonly page: Page;
  /** All that must not happen: errors, dialogs, windows, requests to elsewhere. */
  readonly faults: string[];
}

/** Opens the inbox as a browser that was never here would. */
export async function openInbox(
  browser: Browser,
  address: string,
  { path = '/', ...options }: Parameters<Browser['newPage']>[0] & { path?: string } = {},
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', () => faults.push('window'));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${address}/`) && !/^(?:data|about|chrome-error):/.test(url))
      faults.push(`request: ${url}`);
  });
  await page.addInitScript({ path: `${root}tests/browser/in-page.js` });
  await page.goto(`${address}${path}`);
  await page.locator('#connection[data-state=live]').waitFor();
  return { page, faults };
}

export const rows = (page: Page) => page.locator('#entries > li');
export const newest = (page: Page) => rows(page).first();
export const detail = (page: Page) => page.locator('#detail');
export const preview = (page: Page) => detail(page).frameLocator('iframe');

/** Fills the form in with a mouse and sends it, rightly or in a wrong way; waits until its entry is shown. */
export async function send(
  page: Page,
  fields: { channel?: 'email' | 'sms'; to?: string; subject?: string; body?: string; wrong?: string } = {},
): Promise<void> {
  const { channel = 'email', wrong, ...texts } = fields;
  if (!(await page.locator('#form').isVisible())) await page.locator('#new').click();
  await page.locator(`input[name=channel][value=${channel}]`).check();
  for (const [name, text] of Object.entries(texts)) await page.locator(`#${name}`).fill(text);
  const before = page.url();
  const name = wrong === undefined ? 'Sign and send' : `Send: ${wrong}`;
  await page.getByRole('button', { name }).click();
  await page.waitForURL((url) => url.href !== before && url.hash.includes('entry='));
  await detail(page)
    .locator('.pill')
    .filter({ hasText: /^\d{3} / })
    .waitFor();
}

/**
 * Repeats an assertion about what the page shows until it holds, for the page draws when it gets to it.
 *
 * @throws the last failure after 20 seconds.
 */
export async function eventually(assertion: () => unknown): Promise<void> {
  const endsAt = Date.now() + 20_000;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > endsAt) throw error;
      await setTimeout(50);
    }
  }
}

export function showsText(locator: Locator, expected: string | RegExp): Promise<void> {
  return eventually(async () => {
    const text = await locator.innerText();
    if (typeof expected === 'string') assert.equal(text, expected);
    else assert.match(text, expected);
  });
}

export function showsCount(locator: Locator, expected: number): Promise<void> {
  return eventually(async () => {
    assert.equal(await locator.count(), expected);
  });
}
