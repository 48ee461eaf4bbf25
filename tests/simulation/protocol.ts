import { readFileSync } from 'node:fs';

const PAGE = new URL('../../docs/delivery-protocol.md', import.meta.url);

/** The changes of a row that the protocol's diagram has, as `from --> to: who`. */
function drawn(): ReadonlySet<string> {
  const lines = readFileSync(PAGE, 'utf8').matchAll(/^ +(\S+) --> (\S+): ([\w, ]+)$/gm);
  const name = (state = '') => (state === '[*]' ? 'absent' : state);
  return new Set(
    [...lines].flatMap(([, from, to, who = '']) =>
      who.split(', ').map((one) => `${name(from)} --> ${name(to)}: ${one}`),
    ),
  );
}

/** Those of the changes that were seen and are not in the diagram. */
export function strangers(seen: Iterable<string>): string[] {
  const known = drawn();
  return [...seen].filter((change) => !known.has(change));
}

/** Those in the diagram that were not seen, but for what time alone does. */
export function unseen(seen: ReadonlySet<string>): string[] {
  return [...drawn()].filter((change) => !seen.has(change) && !change.endsWith(': time'));
}
