import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { STATUS } from '../../../lib/ownid/response.js';
import { providerLabel } from '../../../tools/local/provider-labels.js';
import { providerNames } from '../../../tools/stage/stage.js';

/** The part of the page's script that is tested here; it is plain JavaScript, for browsers. */
interface Explain {
  OUTCOMES: Record<string, string>;
  REASONS: Record<string, string>;
  explanationOf: (entry: object) => string | undefined;
  toneOf: (entry: object) => string;
  labelOf: (entry: object) => string;
}

const explain = (await import(
  fileURLToPath(new URL('../../../tools/local/page/explain.js', import.meta.url))
)) as Explain;
const { explanationOf, labelOf, toneOf } = explain;

test.each(Object.keys(STATUS).filter((outcome) => outcome !== 'accepted'))(
  'the outcome %s is explained',
  (outcome) => {
    expect(explain.OUTCOMES[outcome]).toMatch(/^[A-Z].*\.$/);
    expect(explanationOf({ outcome, request: '' })).toBe(explain.OUTCOMES[outcome]);
  },
);

test('a provider has the same name on the page and in the terminal', async () => {
  const entries = (await import(
    fileURLToPath(new URL('../../../tools/local/page/entries.js', import.meta.url))
  )) as { providerLabel: (name: string) => string };
  const names = [...providerNames('email'), ...providerNames('sms')];
  expect(names.map(entries.providerLabel)).toEqual(names.map(providerLabel));
});

test('no outcome is explained that there is not', () => {
  expect(Object.keys(explain.OUTCOMES).filter((outcome) => !(outcome in STATUS))).toEqual(['retried']);
});

test('no reason is explained that no code gives', async () => {
  const lib = new URL('../../../lib/', import.meta.url);
  const files = (await readdir(lib, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const source = (await Promise.all(files.map((file) => readFile(new URL(file, lib), 'utf8')))).join('\n');
  const given = (reason: string) =>
    source.includes(`'${reason}'`) || (reason.startsWith('cap_') && source.includes(`'${reason.slice(4)}'`));
  expect(Object.keys(explain.REASONS).filter((reason) => !given(reason))).toEqual([]);
});

test('a reason says more than its outcome, and one without words of its own is given as it is', () => {
  expect(explanationOf({ outcome: 'unauthenticated', reason: 'timestamp_stale' })).toContain('a minute');
  expect(explanationOf({ outcome: 'malformed', reason: 'subject_too_long' })).toBe(
    `${explain.OUTCOMES['malformed'] ?? ''} (subject too long)`,
  );
  expect(explanationOf({ outcome: 'accepted' })).toBeUndefined();
});

test('what API Gateway answered by itself is said so', () => {
  expect(explanationOf({ status: 413, request: '' })).toContain('API Gateway');
  expect(explanationOf({ status: 202, request: '' })).toBeUndefined();
});

test.each([
  [{ status: 202, outcome: 'accepted', request: '' }, 'good', '202 accepted'],
  [{ status: 202, outcome: 'queued', request: '' }, 'wait', '202 queued'],
  [{ status: 202, outcome: 'unconfirmed', request: '' }, 'wait', '202 unconfirmed'],
  [{ status: 202, outcome: 'replayed', request: '' }, 'neutral', '202 replayed'],
  [{ status: 429, outcome: 'country_not_allowed', request: '' }, 'bad', '429 country not allowed'],
  [{ status: 503, request: '' }, 'bad', '503'],
  [{ request: '' }, 'neutral', 'on its way'],
  [{ hasRequest: false }, 'neutral', 'received'],
])('%j is %s and reads "%s"', (entry, tone, label) => {
  expect(toneOf(entry)).toBe(tone);
  expect(labelOf(entry)).toBe(label);
});
