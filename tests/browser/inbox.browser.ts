import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { startLocalRelay } from '../../tools/local/relay.js';
import { hostileHtml, startCanary } from './canary.js';
import { createChecks } from './checks.js';

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
const root = fileURLToPath(new URL('../..', import.meta.url));
const pictures = `${root}dist/browser`;

const { check, finish } = createChecks();

/** Waits until an entry says what became of it: first it only says that it is on its way. */
function showsOutcome(locator: Locator, text: string): Promise<void> {
  return locator.filter({ hasText: new RegExp(`^${text}$`) }).waitFor();
}

/**
 * Repeats an assertion about what the page shows until it holds, for the page draws when it gets to it.
 *
 * @throws the last failure after 20 seconds.
 */
async function eventually(assertion: () => unknown): Promise<void> {
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

function showsText(locator: Locator, expected: string | RegExp): Promise<void> {
  return eventually(async () => {
    const text = await locator.innerText();
    if (typeof expected === 'string') assert.equal(text, expected);
    else assert.match(text, expected);
  });
}

function showsCount(locator: Locator, expected: number): Promise<void> {
  return eventually(async () => {
    assert.equal(await locator.count(), expected);
  });
}

async function main(): Promise<void> {
  if (!existsSync(CHROMIUM)) {
    console.error(
      `There is no Chromium at ${CHROMIUM}. Install Debian's package chromium, or set CHROMIUM_PATH.`,
    );
    process.exitCode = 1;
    return;
  }
  await mkdir(pictures, { recursive: true });
  const output: string[] = [];
  const relay = await startLocalRelay({
    port: 0,
    overrides: { RECIPIENT_LIMIT: '*' },
    outdir: `${root}dist/browser-handlers`,
    onOutput: (line) => output.push(line),
  });
  const canary = await startCanary(hostileHtml);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  try {
    await runChecks(browser, relay, canary);
  } finally {
    await browser.close();
    await canary.close();
    await relay.close();
  }
}

interface Watched {
  readonly page: Page;
  /** All that must not happen: errors, dialogs, windows, requests to elsewhere. */
  readonly faults: string[];
}

async function openInbox(
  browser: Browser,
  address: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`));
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
  await page.goto(address);
  await page.locator('#connection[data-state=live]').waitFor();
  return { page, faults };
}

const entries = (page: Page) => page.locator('#entries > li');
const newest = (page: Page) => entries(page).first();

/** Fills the form in with a mouse and sends it; waits until every entry that comes of it is there. */
async function send(
  page: Page,
  fields: { channel?: 'email' | 'sms'; to?: string; subject?: string; body?: string; variant?: string },
): Promise<void> {
  const { channel = 'email', variant = 'valid', ...texts } = fields;
  await page.locator(`input[name=channel][value=${channel}]`).check();
  for (const [name, text] of Object.entries(texts)) await page.locator(`#${name}`).fill(text);
  await page.locator('#variant').selectOption(variant);
  const expected = (await entries(page).count()) + (variant === 'replayed' ? 2 : 1);
  await page.getByRole('button', { name: 'Sign and send' }).click();
  await entries(page)
    .nth(expected - 1)
    .waitFor();
  await page.locator('#result', { hasText: /^Answered/ }).waitFor();
}

async function runChecks(
  browser: Browser,
  relay: Awaited<ReturnType<typeof startLocalRelay>>,
  canary: Awaited<ReturnType<typeof startCanary>>,
): Promise<void> {
  const { address } = relay;
  const { page, faults } = await openInbox(browser, address);
  const picture = (name: string, of = page) => of.screenshot({ path: `${pictures}/${name}.png` });

  await check('an empty inbox says how to fill it', async () => {
    await showsText(page.locator('#empty h3'), 'Nothing has arrived yet');
    await showsText(page.locator('#empty code'), relay.command);
    await picture('empty');
  });

  await check('an email from the form appears, rendered', async () => {
    await send(page, {});
    const entry = newest(page);
    await showsOutcome(entry.locator('[data-pill]'), '202 accepted');
    await showsText(entry.locator('h3'), 'Your Example Shop code');
    await showsText(entry.locator('[data-meta]'), /^ses · \d+ ms$/);
    const frame = entry.frameLocator('iframe');
    await frame.getByText('5928').waitFor();
    await page.locator('#empty').waitFor({ state: 'hidden' });
  });

  await check('its text part, its source and the request are one tab away, by arrow keys', async () => {
    const entry = newest(page);
    await entry.getByRole('tab', { name: 'Message' }).focus();
    await page.keyboard.press('ArrowRight');
    await showsText(entry.getByRole('tab', { selected: true }), 'Text');
    await showsText(entry.locator('pre:visible'), /Your verification code is\s+5928/);
    await page.keyboard.press('ArrowRight');
    await entry.locator('pre:visible', { hasText: 'Action=SendEmail' }).waitFor();
    await page.keyboard.press('End');
    await showsText(entry.locator('pre:visible'), /^\{"email":"you@example.com"/);
    await page.keyboard.press('Home');
    await entry.locator('iframe').waitFor();
  });

  await check('a text message appears with its encoding and segments, newest first', async () => {
    await send(page, { channel: 'sms', body: `${'Ваш код 5928. '.repeat(6)}🔑` });
    await showsText(newest(page).locator('.air'), /^UCS-2\s+2 segments\s+86 code units$/);
    await showsText(newest(page).locator('[data-to]'), /^\+12025550123$/);
    await showsCount(entries(page), 2);
  });

  await check('what comes by another way than the form appears live, in every window', async () => {
    const other = await openInbox(browser, address);
    const titles = [page, other.page].map((window) =>
      newest(window).locator('h3', { hasText: 'From elsewhere' }).waitFor(),
    );
    await fetch(`${address}/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: 'email',
        to: 'a@example.com',
        subject: 'From elsewhere',
        body: '1',
        variant: 'valid',
      }),
    });
    await Promise.all(titles);
    // First that it came, then what became of it.
    const announced = /^Email: From elsewhere, 202 accepted$/;
    await page.locator('#announcement', { hasText: announced }).waitFor({ state: 'attached' });
    assert.deepEqual(other.faults, []);
    await other.page.close();
  });

  const refusals = [
    [
      'wrong_secret',
      '401 unauthenticated',
      'The signature does not belong to this body, timestamp and secret.',
    ],
    ['altered', '401 unauthenticated', 'The signature does not belong to this body, timestamp and secret.'],
    ['stale', '401 unauthenticated', 'The timestamp is more than a minute from now.'],
  ] as const;
  for (const [variant, pill, explanation] of refusals) {
    await check(`a refused request (${variant}) appears with its status and reason`, async () => {
      await send(page, { variant });
      await showsOutcome(newest(page).locator('[data-pill]'), pill);
      await showsText(newest(page).locator('[data-explanation]'), explanation);
      await showsCount(newest(page).locator('iframe'), 0);
    });
  }

  await check('a recipient that cannot get a message is refused with its reason', async () => {
    await send(page, { to: 'a@example.com, b@example.com' });
    await showsOutcome(newest(page).locator('[data-pill]'), '400 bad recipient');
    await send(page, { channel: 'sms', to: '+4915123456789', body: 'Code 1' });
    await showsOutcome(newest(page).locator('[data-pill]'), '429 country not allowed');
  });

  await check('a replayed request is answered twice and delivered once', async () => {
    await send(page, { to: 'you@example.com', variant: 'replayed' });
    await showsOutcome(page.locator('[data-pill]').first(), '202 replayed');
    await showsOutcome(page.locator('[data-pill]').nth(1), '202 accepted');
  });

  await check('a provider can be told to fail, and the failure is explained', async () => {
    await page.locator('#providers summary').click();
    await page.getByLabel('ses').selectOption('misconfigured');
    await send(page, {});
    await showsOutcome(newest(page).locator('[data-pill]'), '500 misconfigured');
    await showsText(newest(page).locator('.story'), /ses:misconfigured:AccessDenied/);
    await page.getByLabel('ses').selectOption('accept');
    await page.locator('#providers summary').click();
  });

  await check('a message that has to wait is shown to be queued, and then to be delivered', async () => {
    await page.locator('#providers summary').click();
    await page.getByLabel('sns').selectOption('transient');
    await send(page, { channel: 'sms', to: '+12025550123', body: 'Code 7' });
    await showsOutcome(newest(page).locator('[data-pill]'), '202 (?:queued|retried)');
    await showsText(newest(page).locator('[data-explanation]'), /^The provider could not take it/);
    await page.getByLabel('sns').selectOption('accept');
    await newest(page).locator('[data-pill]', { hasText: '202 accepted' }).waitFor();
    await newest(page).locator('.bubble', { hasText: 'Code 7' }).waitFor();
    await showsText(newest(page).locator('.story'), /Queue, attempt \d+\s*accepted/);
    await page.locator('#providers summary').click();
  });

  await check('nothing in a hostile message runs, loads, connects or leaves its frame', async () => {
    const body = hostileHtml(canary.origin);
    const before = page.url();
    await send(page, { subject: '<img src=x onerror=alert(1)>"\u202e', body });
    const frame = newest(page).frameLocator('iframe');
    await frame.getByText('5928').waitFor();
    await showsText(newest(page).locator('h3'), '<img src=x onerror=alert(1)>"\u202e');
    await showsCount(page.locator('#entries h3 img'), 0);

    // Refreshes, fonts and early connections take their time.
    await page.waitForTimeout(1500);
    assert.deepEqual(canary.seen, []);

    for (const id of ['link', 'top', 'blank', 'script', 'submit']) {
      await frame.locator(`#${id}`).click();
      await page.waitForTimeout(300);
      // The frame may show the browser's error in place of where a link would lead.
      await page.evaluate('reloadFrames()');
      await frame.getByText('5928').waitFor();
    }
    // For a link that is clicked the browser connects before it asks whether it may follow; it asks for nothing.
    assert.deepEqual(
      canary.seen.filter((what) => what !== 'connection'),
      [],
    );
    assert.deepEqual(
      faults.filter((fault) => !fault.startsWith('request:')),
      [],
    );
    assert.equal(page.url(), before);
    assert.equal(await page.title(), 'Inbox – OTP Relay');
    assert.equal(await page.evaluate("'pwned' in window"), false);
    assert.equal(page.frames().filter((candidate) => candidate.url().startsWith(canary.origin)).length, 0);
    await picture('hostile');
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
    await showsText(newest(page).locator('.bubble'), text);
  });

  await check('the page asked for nothing elsewhere, and nothing went wrong in it', () => {
    // What the hostile frame was not let do is reported, although it never left the browser.
    assert.deepEqual(
      faults.filter((fault) => !fault.startsWith(`request: ${canary.origin}`)),
      [],
    );
    return Promise.resolve();
  });

  await check('the inbox can be cleared', async () => {
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.locator('#empty').waitFor();
    await showsCount(entries(page), 0);
  });
  await page.close();

  await check('everything can be done with the keyboard, and the focus can be seen', async () => {
    const { page: keyboardPage, faults: keyboardFaults } = await openInbox(browser, address);
    await useKeyboard(keyboardPage);
    assert.deepEqual(keyboardFaults, []);
    await keyboardPage.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    await check(`every text has enough contrast in ${colorScheme}`, async () => {
      const { page: themed } = await openInbox(browser, address, {
        colorScheme,
        viewport: { width: 1280, height: 960 },
      });
      await fillForPicture(themed);
      await picture(`inbox-${colorScheme}`, themed);
      await themed.evaluate('openEverything()');
      const { count, faults: tooFaint } = await themed.evaluate<{ count: number; faults: string[] }>(
        'contrastFaults()',
      );
      assert.ok(count > 60, `only ${count} texts were looked at`);
      assert.deepEqual(tooFaint, []);
      await themed.close();
    });

    await check(`a page of 360 pixels shows everything in ${colorScheme}`, async () => {
      const options = { colorScheme, viewport: { width: 360, height: 780 }, hasTouch: true };
      const { page: narrow } = await openInbox(browser, address, options);
      await newest(narrow).waitFor();
      await picture(`narrow-${colorScheme}`, narrow);
      await narrow.evaluate('openEverything()');
      const widest = await narrow.evaluate('document.documentElement.scrollWidth');
      assert.equal(widest, 360);
      await newest(narrow).scrollIntoViewIfNeeded();
      await newest(narrow).frameLocator('iframe').getByText('5928').waitFor();
      await narrow.waitForTimeout(500);
      await picture(`narrow-open-${colorScheme}`, narrow);
      await narrow.close();
    });
  }

  await check('it says so when the relay has stopped', async () => {
    const { page: last } = await openInbox(browser, address);
    await relay.close();
    await last.locator('#connection[data-state=lost]').waitFor();
    await showsText(last.locator('#connection'), 'The relay has stopped');
    await last.getByRole('button', { name: 'Sign and send' }).click();
    await last.locator('#result', { hasText: 'Is npm start still running?' }).waitFor();
  });
}

/** Goes through the page by Tab alone, sends an email, opens it and reads its text part. */
async function useKeyboard(page: Page): Promise<void> {
  const focused = () => page.evaluate<{ name: string; isVisible: boolean }>('focusedElement()');
  const tabTo = async (wanted: RegExp) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      const { name, isVisible } = await focused();
      assert.ok(isVisible, `the focus on "${name}" cannot be seen`);
      if (wanted.test(name)) return;
    }
    assert.fail(`Tab never reaches ${String(wanted)}`);
  };

  await tabTo(/^Skip to the inbox$/);
  await tabTo(/^to$/);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('keys@example.com');
  await tabTo(/^variant$/);
  await tabTo(/^Sign and send$/);
  await page.keyboard.press('Enter');
  await newest(page).locator('[data-to]', { hasText: 'keys@example.com' }).waitFor();
  await page.locator('#result', { hasText: 'Answered 202' }).waitFor();
  assert.equal((await focused()).name, 'Sign and send');

  await tabTo(/^Clear|^clear$/);
  await tabTo(/Your Example Shop/);
  await page.keyboard.press('Enter');
  await newest(page).locator('details:not([open])').waitFor();
  await page.keyboard.press('Enter');
  await tabTo(/^tab-\d+$/);
  await page.keyboard.press('ArrowRight');
  await newest(page).locator('pre:visible', { hasText: '5928' }).waitFor();
}

/** What a person would see after some minutes of trying it. */
async function fillForPicture(page: Page): Promise<void> {
  if ((await entries(page).count()) > 0) await page.getByRole('button', { name: 'Clear' }).click();
  await page.locator('#empty').waitFor();
  await send(page, { channel: 'sms', to: '+12025550123', body: 'Your Example Shop code is 5928' });
  await send(page, { channel: 'sms', to: '+4915123456789', body: 'Dein Code lautet 5928' });
  await send(page, { to: 'you@example.com', variant: 'stale' });
  await send(page, { channel: 'sms', to: '+12025550123', body: 'Ваш код 5928' });
  await page.evaluate('closeEntries()');
  await send(page, { to: 'you@example.com' });
  await newest(page).frameLocator('iframe').getByText('5928').waitFor();
  await page.mouse.move(640, 40);
  // Until nothing moves any more.
  await page.waitForTimeout(1000);
}

await main();
finish();
