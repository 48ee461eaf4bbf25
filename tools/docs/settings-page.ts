import { stringify } from 'yaml';
import { type SettingName, SETTINGS } from '../../lib/settings/table.js';
import { SECTIONS } from './setting-sections.js';
import { TEXTS } from './setting-texts.js';

const INTRO = `<!-- Made by \`npm run docs:settings\` from lib/settings/table.ts and tools/docs/setting-texts.ts. -->

# Settings

A stage's settings are flat names in \`settings/<stage>.yml\`. “Required” applies where the setting's channel or provider is
used. Deleting a line restores the default.

    npm run settings -- show --stage prod            # what is in force, and from where
    npm run settings -- revert EMAIL --stage prod    # back to Amazon SES; SMS: back to SNS

- A value is a literal or \`ssm:/otp-relay/<stage>/name\`, a parameter of the SSM Parameter Store, which is decrypted and
  refreshed every five minutes. Secrets must be such parameters. Changing one needs no deployment.
- A name that ends in \`__SHOP\` applies only to the app of \`/email/shop\` and \`/sms/shop\`; \`__MY_SHOP\` is for \`/email/my-shop\`.
- Quote what YAML would misread: \`'+12065550100'\` is a phone number, but without quotes it is the number 12065550100.
- Packaging and start refuse faulty settings, with a line for each that names the setting and not its value.

## By country

A setting whose description begins with “By country” takes one value for all countries, or several:
\`SMS_SENDER_ID: 'Acme, GB=AcmeUK, US='\` is \`AcmeUK\` in the United Kingdom, none in the United States and \`Acme\` elsewhere.
\`*=Acme\` is the same as \`Acme\`. \`SMS_PROVIDER: 'sns, US=eum,twilio'\` is a route of two in the United States and \`sns\`
elsewhere. Only \`SMS_ALLOWED_COUNTRIES\` decides which countries get SMS. Packaging and the doctor report senders that a country
does not accept.

## Other variables

A stage may also set \`AWS_ENDPOINT_URL\` and \`AWS_ENDPOINT_URL_<SERVICE>\`, \`AWS_LAMBDA_EXEC_WRAPPER\`,
\`NODE_OPTIONS\`, \`NODE_EXTRA_CA_CERTS\`, and names that begin with \`OTEL_\`. Anything else that a Lambda layer needs goes into
\`resources/environment.cjs\`.
`;

/** The text of docs/settings.md. */
export function settingsPage(): string {
  const names = Object.keys(SETTINGS) as SettingName[];
  const sectionOf = (name: string) => SECTIONS.find((section) => section.names.test(name));
  const lost = names.filter((name) => sectionOf(name) === undefined);
  if (lost.length > 0)
    throw new Error(`no section of tools/docs/setting-sections.ts shows ${lost.join(', ')}`);

  const sections = SECTIONS.map((section) =>
    [
      `## ${section.title}`,
      section.intro,
      table(names.filter((name) => sectionOf(name) === section)),
      ['```yaml', stringify(section.example, { singleQuote: true }).trimEnd(), '```'].join('\n'),
    ]
      .filter((part) => part !== undefined)
      .join('\n\n'),
  );
  return `${[INTRO.trimEnd(), ...sections].join('\n\n')}\n`;
}

function table(names: readonly SettingName[]): string {
  const rows = names.map((name) => {
    const entry = TEXTS[name];
    return [`\`${name}\``, whenUnset(name), typeof entry === 'string' ? entry : entry.text];
  });
  const header = ['setting', 'default', 'what it does'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], filler = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(' | ')} |`;
  return [line(header), line(['', '', ''], '-'), ...rows.map((row) => line(row))].join('\n');
}

/** What holds where a setting is not set, in Markdown. */
export function whenUnset(name: SettingName): string {
  const entry = TEXTS[name];
  return typeof entry === 'string' ? defaultOf(name) : entry.unset;
}

/** @throws {Error} for a setting whose default is not a text to write into a file. */
function defaultOf(name: SettingName): string {
  const { whenUnset } = SETTINGS[name];
  if (whenUnset === 'required') return 'required';
  const value: unknown = whenUnset();
  if (value instanceof URL) return `\`${value.origin}\``;
  if (Array.isArray(value)) return `\`${value.join(',')}\``;
  if (typeof value === 'string' || typeof value === 'number') return `\`${value}\``;
  throw new Error(`tools/docs/setting-texts.ts must say what holds where ${name} is not set`);
}
