import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { awsConfig } from '../../lib/aws/config.js';
import { ENDPOINTS } from '../../lib/aws/endpoints.js';
import type { RecordedRequest } from '../support/fault-proxy.js';
import { pythonTool } from '../support/python.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One of each partition that anybody can have an account in, and some more. */
const REGIONS = [
  'us-east-1',
  'eu-central-1',
  'ap-southeast-5',
  'us-gov-west-1',
  'cn-north-1',
  'eusc-de-east-1',
];

interface Template {
  readonly Mappings: { readonly Partitions: Readonly<Record<string, { readonly Console: string }>> };
}

/** What a request asks for: `DynamoDB_20120810.UpdateItem`, or `SendEmail`. */
export function nameOf({ headers, body }: RecordedRequest): string {
  const { 'x-amz-target': target } = headers;
  return typeof target === 'string' ? target : (new URLSearchParams(body.toString()).get('Action') ?? '?');
}

/**
 * Lets botocore judge requests, and the addresses that the functions and the stack know.
 *
 * @returns the faults of each thing that was judged, by what it is about.
 */
export function judge(
  requests: readonly RecordedRequest[],
  signedWith: {
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  },
): Map<string, string[][]> {
  const { stdout, stderr, status } = spawnSync(pythonTool('python', 'aws'), ['tests/aws/judge.py'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    input: JSON.stringify({
      ...signedWith,
      requests: requests.map(({ body, ...request }) => ({ ...request, body: body.toString('base64') })),
      endpoints: REGIONS.flatMap((region) =>
        Object.values(ENDPOINTS).map((service) => [
          service.id.toLowerCase().replaceAll('_', '-'),
          region,
          awsConfig({ AWS_REGION: region }).endpointOf(service).origin,
        ]),
      ),
      consoles: consoles(),
    }),
  });
  if (status !== 0) throw new Error(stderr);
  const verdicts = new Map<string, string[][]>();
  for (const [name, faults] of JSON.parse(stdout) as [string, string[]][]) {
    verdicts.set(name, [...(verdicts.get(name) ?? []), faults]);
  }
  return verdicts;
}

/** Of each partition, as the dashboard's address has it. */
function consoles(): Record<string, string> {
  // Its functions, such as `!Sub`, are not looked at.
  const text = readFileSync(`${root}resources/outputs.yml`, 'utf8');
  const { Mappings } = parse(text, { logLevel: 'error' }) as Template;
  return Object.fromEntries(
    Object.entries(Mappings.Partitions).map(([name, { Console }]) => [name, Console]),
  );
}
