import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, parse, parseDocument } from 'yaml';
import { settingName } from '../../lib/settings/settings.js';
import { CommandError } from '../command.js';
import type { ChannelName } from '../ownid/ownid.js';
import { namesAndValues, providerNames } from '../stage/stage.js';

/** What a channel sends by where nothing else is set: their settings stay. */
export const DEFAULT_PROVIDER = { email: 'ses', sms: 'sns' } as const;

/** The names in a file that choose or describe a channel's other providers, of every app. */
export function providerSettings(channel: ChannelName, names: readonly string[]): string[] {
  const others = providerNames(channel).filter((provider) => provider !== DEFAULT_PROVIDER[channel]);
  const families = others.map((provider) => `${provider.toUpperCase()}_`);
  return names.filter((key) => {
    const name = settingName(key);
    return (
      name === `${channel.toUpperCase()}_PROVIDER` || families.some((family) => name?.startsWith(family))
    );
  });
}

/**
 * Takes settings out of a file's text, and leaves every other byte of it, comments too, as it is.
 *
 * @throws {CommandError} for a file whose lines cannot be taken out one by one.
 */
export function withoutSettings(text: string, names: readonly string[]): string {
  const { contents } = parseDocument(text);
  const pairs = isMap(contents) ? contents.items : [];
  const cuts = pairs.flatMap(({ key, value }) =>
    isScalar(key) && names.includes(String(key.value)) ? [linesOf(text, key, value)] : [],
  );
  const kept = cuts.reduceRight((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), text);
  const wanted = entriesOf(text)?.filter(([name]) => !names.includes(name));
  if (!isDeepStrictEqual(entriesOf(kept), wanted)) {
    throw new CommandError(
      `The file is not written with one setting a line, so nothing was changed. Delete by hand: ${names.join(', ')}`,
    );
  }
  return kept;
}

/** From where to where in a text a pair stands, in whole lines. */
function linesOf(text: string, key: unknown, value: unknown): [from: number, to: number] {
  const rangeOf = (node: unknown) => (isNode(node) ? node.range : undefined) ?? [0, 0, 0];
  const from = text.lastIndexOf('\n', rangeOf(key)[0] - 1) + 1;
  const end = Math.max(rangeOf(key)[1], rangeOf(value)[1]);
  const lineEnd = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1;
  return [from, lineEnd === 0 ? text.length : lineEnd];
}

/** Undefined where the text can no longer be read. */
function entriesOf(text: string): [string, unknown][] | undefined {
  try {
    return Object.entries(namesAndValues(parse(text) ?? {}) ?? {});
  } catch {
    return undefined;
  }
}
