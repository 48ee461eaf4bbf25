import { mkdir, rm } from 'node:fs/promises';
import { startLocalRelay } from '../../tools/local/relay.js';
import { checkAccessibility } from './accessibility.js';
import { launchBrowser, root } from './browser.js';
import { hostileHtml, startCanary } from './canary.js';
import { createChecks } from './checks.js';
import { checkInspector } from './inspector.js';
import { checkList } from './list.js';
import { checkMessages } from './messages.js';
import { checkSafety } from './safety.js';
import { checkScenarios } from './scenarios.js';
import { checkTrial } from './trial.js';

const pictures = `${root}dist/browser`;
const folder = `${root}dist/browser-relay`;

await mkdir(pictures, { recursive: true });
await rm(folder, { recursive: true, force: true });
const overrides = { RECIPIENT_LIMIT: '*', EMAIL_PROVIDER: 'ses,smtp', EMAIL_FROM__SHOP: 'shop@example.com' };
const start = (port = 0) => startLocalRelay({ port, overrides, folder });
const canary = await startCanary(hostileHtml);
const browser = await launchBrowser();
const checks = createChecks();
const relay = await start();
try {
  const context = { browser, address: relay.address, relay, pictures, check: checks.check };
  await checkMessages(context);
  await checkList(context);
  await checkInspector(context);
  await checkScenarios(context);
  await checkTrial(context);
  await checkAccessibility(context);
  await checkSafety(context, canary);
} finally {
  await browser.close();
  await canary.close();
  await relay.close();
}
checks.finish();
