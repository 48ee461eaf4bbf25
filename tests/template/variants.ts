import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { serverless } from '../support/serverless.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packaged = `${root}.serverless/`;
const STAGE = 'packaged';

/** A stage that is packaged and checked. */
export interface Variant {
  readonly name: string;
  readonly region: string;
  /** Over those of the example of a stage. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  readonly stack?: Readonly<Record<string, unknown>>;
  /** Actions that its functions' roles have beside those that the code needs with the example's settings. */
  readonly more?: readonly string[];
  /** Those that the settings leave unused. */
  readonly unused?: RegExp;
  /** What no line of its template may have. */
  readonly absent?: RegExp;
}

export const VARIANTS: readonly Variant[] = [
  { name: 'the example', region: 'us-east-1' },
  {
    name: 'VPC, traces, domain, boundary and role path',
    region: 'us-gov-west-1',
    stack: {
      subnetIds: ['subnet-0a1b2c3d'],
      securityGroupIds: ['sg-0a1b2c3d'],
      tracing: true,
      reservedConcurrency: 50,
      permissionsBoundary: 'arn:aws-us-gov:iam::123456789012:policy/boundary',
      rolePath: '/otp/',
      domainName: 'otp.acme-shop.com',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
      tags: { team: 'identity' },
    },
    more: [
      ...['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
      ...['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'],
      ...['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ],
  },
  {
    name: 'SMS by SNS alone',
    region: 'us-east-1',
    settings: { EMAIL_FROM: undefined, EMAIL_FROM_NAME: undefined },
    unused: /^ses:/,
    absent: /email|"ses:|SES_|::SES::|::Events::|NotifyTextMessage/i,
  },
  {
    name: 'email by SendGrid alone, in China',
    region: 'cn-north-1',
    settings: {
      SMS_ALLOWED_COUNTRIES: undefined,
      EMAIL_PROVIDER: 'sendgrid',
      SENDGRID_API_KEY: `ssm:/otp-relay/${STAGE}/sendgrid-api-key`,
    },
    unused: /^(?:ses|sns|sms-voice):/,
    absent: /sms|"ses:|SES_|::SES::|::Events::/i,
  },
];

export interface Packaged {
  /** Path of the template. */
  readonly template: string;
  readonly zips: readonly string[];
}

/** Packages a variant as `serverless deploy` does. */
export async function packageVariant({ region, settings, stack }: Variant): Promise<Packaged> {
  const example = readFileSync(`${root}settings/prod.example.yml`, 'utf8')
    .replaceAll('/prod/', `/${STAGE}/`)
    // The sender, which an operator has to fill in.
    .replace('@example.com', '@acme-shop.com');
  const files = [
    [`${root}settings/${STAGE}.yml`, { ...(parse(example) as object), ...settings }],
    [`${root}settings/${STAGE}.stack.yml`, stack ?? {}],
  ] as const;
  for (const [path, content] of files) writeFileSync(path, stringify(content));
  try {
    await serverless(['package', '--stage', STAGE, '--region', region], {});
  } finally {
    for (const [path] of files) rmSync(path);
  }
  return {
    template: `${packaged}cloudformation-template-update-stack.json`,
    zips: readdirSync(packaged).filter((name) => name.endsWith('.zip')),
  };
}

/** What of a variant its name promises is not there, or should not be in any. */
export function promisesBroken({ absent }: Variant, { template, zips }: Packaged): string[] {
  // Each property on a line of its own.
  const lines = JSON.stringify(JSON.parse(readFileSync(template, 'utf8')), undefined, 1).split('\n');
  // Names of services as IAM knows them are the same in every partition.
  const hosts = lines.filter(
    (line) => /arn:aws:|amazonaws\.com/.test(line) && !/"[a-z.]+\.amazonaws\.com"/.test(line),
  );
  return [
    ...lines.filter((line) => absent?.test(line)).map((line) => `it has ${line.trim()}`),
    ...hosts.map((line) => `of one partition alone: ${line.trim()}`),
    // A zip's directory has its files' names in clear.
    ...zips
      .filter((zip) => readFileSync(`${packaged}${zip}`).includes('.js.map'))
      .map((zip) => `a source map is in ${zip}`),
  ];
}
