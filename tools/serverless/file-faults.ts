import { parameterName, settingName } from '../../lib/settings/settings.js';
import { type SettingName, SETTINGS } from '../../lib/settings/table.js';
import { notASetting } from '../../lib/settings/unknown-names.js';
import { isSecret } from '../stage/secret-settings.js';
import { isScalar } from '../stage/stage.js';

/** Variables that are no settings and that a stage may set all the same; docs/settings.md lists them. */
const OTHER_VARIABLES =
  /^(?:AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?|AWS_LAMBDA_EXEC_WRAPPER|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|OTEL_[A-Z_]+|QUEUE_URL|STATE_TABLE)$/;

/** A secret's text would stand in the template, and in the functions' configuration, for many to read. */
const LOOKS_SECRET = /SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL/;

const SENDERS: ReadonlySet<string> = new Set<SettingName>(['EMAIL_FROM']);
/** RFC 2606: nobody can have them verified. */
const RESERVED_DOMAIN = /(?:[@.]example\.(?:com|net|org)|\.(?:example|invalid|test|localhost))$/i;

/**
 * What a deployed stage's file has wrong that the functions cannot see at start, or see too late.
 *
 * @param path below which the functions may read parameters, with a slash at its end.
 */
export function fileFaults(path: string, content: Readonly<Record<string, unknown>>): string[] {
  const ofOneSetting = Object.entries(content).flatMap(([key, value]) => {
    const name = settingName(key);
    const text = isScalar(value) ? String(value).trim() : undefined;
    if (name === undefined) return OTHER_VARIABLES.test(key) ? [] : [unknown(key, text)];
    return [typeFault(key, name, value) ?? (text ? valueFault(path, key, name, text) : undefined)].flatMap(
      (fault) => fault ?? [],
    );
  });
  // The stack makes a configuration set in its own region, and SES finds it in no other.
  const hasForeignSes = 'SES_REGION' in content && !('SES_CONFIGURATION_SET' in content);
  return hasForeignSes
    ? [...ofOneSetting, "SES_CONFIGURATION_SET must be one of SES_REGION's sets, or '' for none"]
    : ofOneSetting;
}

function unknown(key: string, text: string | undefined): string {
  const isExposed = LOOKS_SECRET.test(key) && text && parameterName(text) === undefined;
  return notASetting(
    key,
    isExposed ? ', and its value, which may be a secret, would stand in the template' : '',
  );
}

function typeFault(key: string, name: string, value: unknown): string | undefined {
  if (value === null) return `${key} has no value; delete the line`;
  if (typeof value === 'object') return `${key} must be one value, not a list`;
  if (typeof value === 'string' || (typeof value === 'number' && isNumeric(name))) return undefined;
  return `${key} must be in quotes: YAML reads it as a ${typeof value}`;
}

/** What is a number by default is one in the file, with or without quotes. */
function isNumeric(name: string): boolean {
  const { whenUnset } = SETTINGS[name as SettingName];
  return whenUnset !== 'required' && typeof whenUnset() === 'number';
}

function valueFault(path: string, key: string, name: string, text: string): string | undefined {
  const parameter = parameterName(text);
  if (parameter !== undefined) {
    const isReadable = parameter.startsWith(path) || !parameter.startsWith('/');
    return isReadable
      ? undefined
      : `${key} refers to a parameter outside ${path}, which the functions may not read`;
  }
  if (isSecret(name)) return `${key} must be an ssm: reference; put its value into the parameter store`;
  if (SENDERS.has(name) && RESERVED_DOMAIN.test(text)) {
    return `${key} is an example: set it to an address of a domain of yours`;
  }
  return undefined;
}
