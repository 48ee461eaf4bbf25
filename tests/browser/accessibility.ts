import { strict as assert } from 'node:assert';
import type { Page } from 'playwright-core';
import { detail, newest, openInbox, preview, root, rows, send, showsText } from './browser.js';
import type { Context } from './context.js';

const AXE = `${root}node_modules/axe-core/axe.min.js`;

interface Faults {
  readonly count: number;
  readonly faults: string[];
}

/** What axe finds, as `rule: element`. */
async function axeFaults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  return page.evaluate<string[]>(
    `axe.run(document, { iframes: false }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 120))))`,
  );
}

async function looksRight(page: Page, what: string): Promise<void> {
  for (const script of ['layoutFaults()', 'contrastFaults()']) {
    const { count, faults } = await page.evaluate<Faults>(script);
    assert.ok(count > 15, `${what}: only ${count} texts were looked at`);
    assert.deepEqual(faults, [], `${what}: ${script}`);
  }
  assert.deepEqual(await axeFaults(page), [], `${what}: axe`);
}

/** That everybody can read and use it, at every width, in light and dark. */
export async function checkAccessibility({ browser, address, pictures, check }: Context): Promise<void> {
  const filled = await openInbox(browser, address);
  await send(filled.page, {
    to: 'somebody.with.a.very.long.name.indeed@a-subdomain.of.a.long.domain.example.com',
    subject:
      'A subject of a length that people do write: your verification code for the Example Shop on the web',
  });
  const open = new URL(filled.page.url()).hash;
  await filled.page.close();

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 360, 910, 1280, 1920, 2560]) {
      await check(`everything can be read at ${width} pixels in ${colorScheme}`, async () => {
        const viewport = { width, height: 800 };
        const { page } = await openInbox(browser, address, { colorScheme, viewport, bypassCSP: true });
        await newest(page).waitFor();
        await looksRight(page, 'the list');
        if (width < 800) assert.ok(await newest(page).isVisible(), 'the inbox comes first on a phone');
        await page.screenshot({ path: `${pictures}/list-${width}-${colorScheme}.png` });
        await page.locator('#new').click();
        await looksRight(page, 'the form');
        await page.screenshot({ path: `${pictures}/form-${width}-${colorScheme}.png` });
        await page.goto(`${address}/${open}`);
        await preview(page).getByText('5928').waitFor();
        await detail(page).getByText('Request and answer').click();
        await looksRight(page, 'a message');
        await page.screenshot({ path: `${pictures}/message-${width}-${colorScheme}.png` });
        await page.close();
      });
    }
  }

  await check('everything can be done with the keyboard, and the focus can be seen', async () => {
    const { page, faults } = await openInbox(browser, address);
    await useKeyboard(page);
    assert.deepEqual(faults, []);
    await page.close();
  });
}

/** Goes through the page by Tab alone, sends an email, opens another one and reads its text part. */
async function useKeyboard(page: Page): Promise<void> {
  const tabTo = async (wanted: RegExp) => {
    for (let presses = 0; presses < 80; presses++) {
      await page.keyboard.press('Tab');
      const { name, isVisible } = await page.evaluate<{ name: string; isVisible: boolean }>(
        'focusedElement()',
      );
      assert.ok(isVisible, `the focus on "${name}" cannot be seen`);
      if (wanted.test(name)) return;
    }
    assert.fail(`Tab never reaches ${String(wanted)}`);
  };
  await rows(page).first().waitFor();
  await tabTo(/^Skip to the inbox$/);
  await tabTo(/^new$/);
  await page.keyboard.press('Enter');
  await page.locator('#to:focus').waitFor();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('keys@example.com');
  await tabTo(/^Sign and send$/);
  await page.keyboard.press('Enter');
  await showsText(newest(page).locator('[data-to]'), 'keys@example.com');
  await showsText(detail(page).locator('.code'), '5928');

  await page.keyboard.press('j');
  await page.locator('#entries a:focus').waitFor();
  await tabTo(/^tab-\d+$/);
  await page.keyboard.press('ArrowRight');
  await detail(page).locator('pre:visible').waitFor();
}
