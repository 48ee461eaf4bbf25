import { channelLabel, codeOf, titleOf } from './entries.js';
import { labelOf } from './explain.js';

const announced = new Set();

/** Tells a screen reader of an entry, once, when it is known how it ended. */
export function announce(entry) {
  const { id, channel, hasRequest, status, outcome } = entry;
  const hasEnded = !hasRequest || (status !== undefined && (outcome ?? channel) !== undefined);
  if (!hasEnded || announced.has(id)) return;
  announced.add(id);
  const code = codeOf(entry);
  document.getElementById('announcement').textContent =
    `${channelLabel(entry)}: ${titleOf(entry)}, ${labelOf(entry)}${code === undefined ? '' : `, code ${[...code].join(' ')}`}`;
}
