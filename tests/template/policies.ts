import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Metafile } from 'esbuild';

/** The part of a compiled template that this reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}

/** What Lambda and SNS do in a function's name, so that no code of ours names it. */
const BY_AWS: Readonly<Record<string, readonly string[]>> = {
  email: ['logs:CreateLogStream', 'logs:PutLogEvents', 'kms:Decrypt'],
  sms: ['logs:CreateLogStream', 'logs:PutLogEvents', 'kms:Decrypt', 'sms-voice:SendTextMessage'],
  retry: [
    ...['logs:CreateLogStream', 'logs:PutLogEvents', 'kms:Decrypt', 'sms-voice:SendTextMessage'],
    // The poller of the event source.
    ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  ],
};

/** In a bundle because it stands in a file beside what is used. */
const NOT_CALLED: Readonly<Record<string, readonly string[]>> = {
  // Only the worker postpones an entry.
  email: ['sqs:ChangeMessageVisibility'],
  sms: ['sqs:ChangeMessageVisibility'],
  // Only the front functions queue one.
  retry: ['sqs:SendMessage'],
};

/** The statements of a function's role; undefined where the stage has no such function. */
export function statementsOf(template: Template, name: string): readonly Statement[] | undefined {
  const role = template.Resources[`${name[0]?.toUpperCase() ?? ''}${name.slice(1)}Role`];
  if (role === undefined) return undefined;
  const { Policies } = role.Properties as {
    Policies: readonly { PolicyDocument: { Statement: readonly Statement[] } }[];
  };
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function allowedActions(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action).sort();
}

/** The actions that a function needs: those of AWS's clients that its bundle's own files name, and Lambda's. */
export function neededActions(name: string, { inputs }: Metafile, root: string): string[] {
  const called = Object.keys(inputs)
    .filter((path) => /^(?:lib|handlers)\//.test(path))
    .flatMap((path) => actionsIn(readFileSync(`${root}${path}`, 'utf8')))
    .filter((action) => !NOT_CALLED[name]?.includes(action));
  return [...new Set([...called, ...(BY_AWS[name] ?? [])])].sort();
}

/** `ses:SendEmail` for a file that takes `SendEmailCommand`, or the type of its input, from `@aws-sdk/client-ses`. */
function actionsIn(source: string): string[] {
  const imports =
    /(?:import|const)\s+(?:type\s+)?\{([^}]*)\}\s*(?:from|=\s*await\s+import\()\s*'@aws-sdk\/client-(\w+)'/g;
  const named = [...source.matchAll(imports)].flatMap(([, names = '', service = '']) =>
    [...names.matchAll(/\b(\w+?)Command(?:Input|Output)?\b/g)].map(
      ([, action = '']) => `${service}:${action}`,
    ),
  );
  // `const sqs = await import('@aws-sdk/client-sqs')`, and then `new sqs.SendMessageCommand(…)`.
  const namespaces = [...source.matchAll(/\b(\w+)\s*=\s*await\s+import\('@aws-sdk\/client-(\w+)'\)/g)];
  const members = namespaces.flatMap(([, namespace = '', service = '']) =>
    [...source.matchAll(new RegExp(`\\b${namespace}\\.(\\w+?)Command\\b`, 'g'))].map(
      ([, action = '']) => `${service}:${action}`,
    ),
  );
  return [...named, ...members];
}

/** A function's policy on a few lines. */
export function describePolicy(name: string, statements: readonly Statement[]): string[] {
  return statements.map(({ Sid, Action, Resource, NotResource, Condition }) => {
    const on = NotResource === undefined ? show(Resource) : `all but ${show(NotResource)}`;
    const when = Condition === undefined ? '' : ` if ${show(Condition)}`;
    return `${basename(name)}  ${Sid}: ${[Action].flat().join(', ')} on ${on}${when}`;
  });
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, inner] = ['', undefined]] = Object.entries(value as object) as [string, unknown][];
  if (key === 'Fn::Sub') return String(inner);
  if (key === 'Fn::GetAtt') return (inner as string[]).join('.');
  if (Array.isArray(value)) return value.map(show).join(', ');
  return Object.entries(value as object)
    .map(([name, item]) => `${name} ${show(item)}`)
    .join('; ');
}
