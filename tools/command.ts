import { createInterface } from 'node:readline/promises';
import { inspect, type ParseArgsConfig, parseArgs } from 'node:util';
import { SettingsError } from '../lib/errors.js';
import { meantSetting, notASetting, slipsBetween } from '../lib/settings/unknown-names.js';

/** Thrown for arguments that make no sense; the message says which. */
export class UsageError extends Error {}

/** Thrown where a command cannot do its work; the message is one line that says why and what to do. */
export class CommandError extends Error {}

/** The options of every command that works on a deployed stage; they mean what they mean to `serverless deploy`. */
export const AWS_OPTIONS = {
  region: { type: 'string' },
  'aws-profile': { type: 'string' },
} as const;

/** {@link AWS_OPTIONS} as a command's help has them. */
export const AWS_USAGE = `  --region REGION     where the stage is deployed (default: AWS_REGION, AWS_DEFAULT_REGION, or the profile's)
  --aws-profile NAME  whose credentials to use (default: AWS's own way of finding them)`;

/** Thrown where the help was asked for. */
class HelpRequest extends Error {}

/**
 * Runs a command of the operator's, and sets the exit code: that which `run` resolves to, or 2 where it could not do
 * its work. What it prints then is one line that says what to do, never a stack trace.
 *
 * @param usage what `--help` prints.
 */
export async function runCommand(usage: string, run: () => Promise<number>): Promise<void> {
  // What is deployed runs on a newer Node.js than this machine may have.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  for (const fault of misspeltSettings(process.env)) console.error(fault);
  try {
    process.exitCode = await run();
  } catch (error) {
    if (error instanceof HelpRequest) {
      console.log(usage);
      return;
    }
    process.exitCode = 2;
    console.error(explainFailure(error));
  }
}

/** A line for each variable of the shell that was probably meant to be a setting. */
export function misspeltSettings(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment)
    .filter((name) => meantSetting(name) !== undefined)
    .map((name) => notASetting(name, ', and has no effect'));
}

/** What a command prints where it could not do its work: one line, or one for each faulty setting. */
export function explainFailure(error: unknown): string {
  if (error instanceof UsageError) return `${error.message} (--help shows how it is used)`;
  if (error instanceof SettingsError) return error.faults.join('\n');
  if (error instanceof CommandError) return error.message;
  return process.env['DEBUG'] ? inspect(error) : `${String(error)} (DEBUG=1 shows where)`;
}

/** Asks on the terminal; nobody is there to say yes elsewhere. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || process.env['CI']) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads the options of a command that takes no words.
 *
 * @param options as for `parseArgs` of Node.
 * @throws {UsageError} in one line, with a suggestion where something is misspelt.
 */
export function readOptions<const T extends Options>(args: readonly string[], options: T) {
  const { values, positionals } = parse(args, options);
  refuseWords(positionals);
  return values;
}

/**
 * Reads the options of a command whose first argument must be one of `words`, and where `behind` has some for it, the
 * second one of these, in whatever case. Throws as {@link readOptions}.
 */
export function readWordAndOptions<const T extends Options, const W extends string, const B extends string>(
  args: readonly string[],
  words: readonly W[],
  options: T,
  behind?: Readonly<Partial<Record<W, readonly B[]>>>,
) {
  const { values, positionals } = parse(args, options);
  const word = oneOf(words, positionals.shift(), 'first');
  const next = behind?.[word];
  const second = next && oneOf(next, positionals.shift()?.toUpperCase(), `behind ${word}`);
  refuseWords(positionals);
  return { word, second, values };
}

function oneOf<W extends string>(words: readonly W[], said = '', place: string): W {
  const word = words.find((candidate) => candidate === said);
  if (word === undefined)
    throw new UsageError(`Say ${words.join(' or ')} ${place}.${suggestion(said, words)}`);
  return word;
}

function refuseWords([word]: readonly string[]): void {
  if (word !== undefined) throw new UsageError(`"${word}" is one word too many.`);
}

function parse<const T extends Options>(args: readonly string[], options: T) {
  if (args.includes('--help') || args.includes('-h')) throw new HelpRequest();
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [, name = ''] = /'(?:-\w, )?(-[^' ]*)/.exec((error as Error).message) ?? [];
    const names = Object.keys(options).map((option) => `--${option}`);
    const isKnown = names.includes(name);
    const type = options[name.slice(2)]?.type;
    const message = !isKnown
      ? `There is no option ${name}.${suggestion(name, names)}`
      : type === 'boolean'
        ? `${name} takes no value.`
        : `${name} needs a value.`;
    throw new UsageError(message, { cause: error });
  }
}

/** ` Did you mean prod?` for a word that is nearly one of those there are; else what there is. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = candidates
    .map((candidate) => ({ candidate, distance: slipsBetween(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.distance - other.distance)[0];
  return near === undefined ? '' : ` Did you mean ${near.candidate}?`;
}

/** The port that `npm start` takes where none is named. */
export const DEFAULT_PORT = 3000;

/** A port that a person named; the default for nothing. Throws a {@link UsageError}. */
export function readPort(text: string): number {
  if (text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65534) {
    throw new UsageError('The port must be a whole number from 1 to 65534.');
  }
  return port;
}

const COLOURS = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

export type Colour = keyof typeof COLOURS;

/** Text in colour on a terminal; as it is elsewhere, and with `NO_COLOR` (no-color.org). */
export function coloured(text: string, colour: Colour): string {
  const isWanted = process.stdout.isTTY && !process.env['NO_COLOR'];
  return isWanted ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
}
