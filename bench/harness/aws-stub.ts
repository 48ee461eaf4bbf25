/**
 * The AWS services that the benchmarks call, each on a TLS listener of its own: it checks that the job was done, and
 * answers at once. It runs in its own process, so that its cost does not count as the function's.
 *
 * Arguments: key file, certificate file. Sends its ports to its parent by service name.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CODE, SECRET } from './job.js';

type Answer = (body: string, target: string) => string | undefined;

const queryResult = (action: string) =>
  `<${action}Response><${action}Result><MessageId>0100018bcfe56800-bench</MessageId></${action}Result>` +
  `<ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata></${action}Response>`;

function parameters(body: string, target: string): string {
  const value = { Type: 'SecureString', Value: SECRET, Version: 1 };
  const { Name, Names = [] } = JSON.parse(body) as { Name?: string; Names?: string[] };
  return JSON.stringify(
    target.endsWith('.GetParameter')
      ? { Parameter: { ...value, Name } }
      : { Parameters: Names.map((name) => ({ ...value, Name: name })), InvalidParameters: [] },
  );
}

interface Update {
  readonly Key?: object;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
  readonly ReturnValues?: string;
}

/** What DynamoDB returns for an item that was absent: its new attributes, if they are asked for. */
function updated(body: string): string {
  const update = JSON.parse(body) as Update;
  const { Key, UpdateExpression = '', ExpressionAttributeNames: names, ReturnValues: wanted } = update;
  if (wanted !== 'ALL_NEW' && wanted !== 'UPDATED_NEW') return '{}';
  const assignments = UpdateExpression.matchAll(
    /([#\w]+) *(?:=|(?= :))(?: *if_not_exists\([^,]*,)? *(:\w+)/g,
  );
  const changed = [...assignments].map(([, name = '', value = '']) => [
    names?.[name] ?? name,
    update.ExpressionAttributeValues?.[value],
  ]);
  return JSON.stringify({
    Attributes: { ...(wanted === 'ALL_NEW' ? Key : {}), ...Object.fromEntries(changed) } as object,
  });
}

const SERVICES: Record<string, Answer> = {
  SES: (body) =>
    body.includes('Action=SendEmail') && body.includes(CODE) ? queryResult('SendEmail') : undefined,
  SNS: (body) =>
    body.includes('Action=Publish') && body.includes(CODE) ? queryResult('Publish') : undefined,
  SSM: parameters,
  DYNAMODB: updated,
  SQS: () => '{}',
};

const [keyFile = '', certificateFile = ''] = process.argv.slice(2);
const tls = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };

const ports: Record<string, number> = {};
for (const [service, answer] of Object.entries(SERVICES)) {
  const server = createServer(tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = answer(Buffer.concat(chunks).toString(), String(request.headers['x-amz-target']));
      const isJson = request.headers['x-amz-target'] !== undefined;
      response.writeHead(text !== undefined && request.headers.authorization !== undefined ? 200 : 400, {
        'content-type': isJson ? 'application/x-amz-json-1.0' : 'text/xml',
        'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
      });
      response.end(text);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ports[service] = (server.address() as AddressInfo).port;
}
process.on('disconnect', () => process.exit());
process.send?.(ports);
