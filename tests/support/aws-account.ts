import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeServer, listen, readBody } from '../../tools/http.js';

/** An account of AWS's with one deployed stage, and a home directory with files as AWS's own tools write them. */
export interface AwsAccount {
  /** Environment of a command that meets this account and nothing of the developer's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Regions for which the calls since the last look were signed. */
  readonly regionsAsked: () => string[];
  /** Gives the stage's functions an environment; before, the stack has no functions. */
  readonly deploy: (settings: Readonly<Record<string, string>>) => void;
  readonly close: () => Promise<void>;
}

interface Deployed {
  readonly stage: string;
  settings: Readonly<Record<string, string>> | undefined;
}

export const ACCOUNT = '123456789012';

const STATIC = (key: string) => `aws_access_key_id = ${key}\naws_secret_access_key = secret\n`;

/** Shapes: AWS CLI user guide, "Configuration and credential file settings". */
const CREDENTIALS = `[shop]\n${STATIC('AKIASHOP')}\n[expired]\n${STATIC('ASIAEXPIRED')}aws_session_token = old\n
[deleted]\n${STATIC('AKIADELETED')}\n[powerless]\n${STATIC('AKIAPOWERLESS')}`;

const config = (home: string) => `[profile shop]
region = eu-west-1
[profile expired]
region = eu-west-1
[profile deleted]
region = eu-west-1
[profile powerless]
region = eu-west-1
[profile homeless]
region = eu-west-1
[profile role]
region = eu-central-1
role_arn = arn:aws:iam::${ACCOUNT}:role/Deployer
source_profile = shop
[profile denied-role]
region = eu-central-1
role_arn = arn:aws:iam::${ACCOUNT}:role/Denied
source_profile = shop
[profile process]
region = eu-west-2
credential_process = /bin/sh ${home}/credentials.sh
[profile broken-process]
region = eu-west-2
credential_process = /bin/sh -c 'echo leaked-secret >&2; exit 1'
[profile sso]
region = eu-west-3
sso_session = company
sso_account_id = ${ACCOUNT}
sso_role_name = Deployer
[profile sso-over]
region = eu-west-3
sso_session = left
sso_account_id = ${ACCOUNT}
sso_role_name = Deployer
[profile sso-never]
region = eu-west-3
sso_session = never
sso_account_id = ${ACCOUNT}
sso_role_name = Deployer
${['company', 'left', 'never']
  .map(
    (name) => `[sso-session ${name}]
sso_region = us-east-1
sso_start_url = https://company.awsapps.com/start
sso_registration_scopes = sso:account:access
`,
  )
  .join('')}`;

/** @param stage the one that is deployed. */
export async function startAwsAccount(stage: string): Promise<AwsAccount> {
  const home = await mkdtemp(join(tmpdir(), 'aws-home-'));
  const cache = join(home, '.aws', 'sso', 'cache');
  await mkdir(cache, { recursive: true });
  const token = (session: string, expiresAt: string) =>
    writeFile(
      join(cache, `${createHash('sha1').update(session).digest('hex')}.json`),
      JSON.stringify({ accessToken: 'token', expiresAt, region: 'us-east-1' }),
    );
  const process = { Version: 1, AccessKeyId: 'AKIAPROCESS', SecretAccessKey: 'secret' };
  await Promise.all([
    writeFile(join(home, '.aws', 'config'), config(home)),
    writeFile(join(home, '.aws', 'credentials'), CREDENTIALS),
    writeFile(join(home, 'credentials.sh'), `echo '${JSON.stringify(process)}'`),
    token('company', new Date(Date.now() + 3_600_000).toISOString()),
    token('left', '2026-01-01T00:00:00Z'),
  ]);

  const regions = new Set<string>();
  const deployed: Deployed = { stage, settings: undefined };
  const server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body = Buffer.alloc(0)) => {
      const { key, region } = signerOf(request);
      if (region !== undefined) regions.add(region);
      const { status, type, text } = answer(request, key, body.toString(), deployed);
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  });
  const port = await listen(server, 0);
  return {
    environment: {
      ...Object.fromEntries(CLEARED.map((name) => [name, ''])),
      HOME: home,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    regionsAsked: () => {
      const found = [...regions].sort();
      regions.clear();
      return found;
    },
    deploy: (settings) => {
      deployed.settings = settings;
    },
    close: async () => {
      await closeServer(server);
      await rm(home, { recursive: true });
    },
  };
}

const CLEARED = ['REGION', 'DEFAULT_REGION', 'PROFILE', 'DEFAULT_PROFILE', 'ACCESS_KEY_ID'].map(
  (name) => `AWS_${name}`,
);

/** AWS Signature Version 4: `Credential=<key>/<date>/<region>/<service>/aws4_request`. */
function signerOf({ headers }: IncomingMessage): { key?: string | undefined; region?: string | undefined } {
  const [, key, region] = /Credential=(\w+)\/\d+\/([\w-]+)\//.exec(headers.authorization ?? '') ?? [];
  return { key, region };
}

interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const xml = (status: number, text: string): HttpAnswer => ({ status, type: 'text/xml', text });
const json = (value: unknown): HttpAnswer => ({
  status: 200,
  type: 'application/json',
  text: JSON.stringify(value),
});
/** AWS query protocol, as STS, IAM and CloudFormation answer errors; codes from IAM's "Common errors". */
const refusal = (status: number, code: string, message: string) =>
  xml(
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  );

function answer(
  { headers, url }: IncomingMessage,
  key: string | undefined,
  body: string,
  { stage, settings }: Deployed,
): HttpAnswer {
  // AWS SSO portal API, GetRoleCredentials.
  if (url?.startsWith('/federation/credentials') === true) {
    const roleCredentials = { accessKeyId: 'ASIASSO', secretAccessKey: 'secret', sessionToken: 'session' };
    return json({ roleCredentials: { ...roleCredentials, expiration: Date.now() + 3_600_000 } });
  }
  if (key === 'ASIAEXPIRED') {
    return refusal(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  if (key === undefined || key === 'AKIADELETED') {
    return refusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  // AWS Lambda API reference, GetFunction.
  if (url?.startsWith('/2015-03-31/functions/') === true) {
    return settings === undefined
      ? { ...json({ Type: 'User', __type: 'ResourceNotFoundException' }), status: 404 }
      : json({ Configuration: { Environment: { Variables: settings } } });
  }
  const target = String(headers['x-amz-target'] ?? '').split('.')[1];
  if (target === 'GetParameters') return json({ Parameters: [parameterOf(stage)], InvalidParameters: [] });
  if (target === 'FilterLogEvents') return json({ events: [] });

  const parameters = new URLSearchParams(body);
  const action = parameters.get('Action') ?? '';
  if (action === 'AssumeRole' && parameters.get('RoleArn')?.endsWith('/Denied') === true) {
    return refusal(403, 'AccessDenied', 'User: ada is not authorized to perform: sts:AssumeRole');
  }
  if (action === 'DescribeStacks' && key === 'AKIAPOWERLESS') {
    return refusal(
      403,
      'AccessDenied',
      'User: ada is not authorized to perform: cloudformation:DescribeStacks',
    );
  }
  if (action === 'DescribeStacks' && parameters.get('StackName') !== `otp-relay-${stage}`) {
    return refusal(400, 'ValidationError', 'Stack with that id does not exist');
  }
  const member = (name: string, value: string) =>
    `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`;
  const results: Record<string, string> = {
    GetCallerIdentity: `<Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:user/${key}</Arn>`,
    AssumeRole:
      '<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>',
    DescribeStacks: `<Stacks><member><StackName>otp-relay-${stage}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${member('HttpApiUrl', `http://${String(headers.host)}`)}${member('EmailEventLogGroupName', 'events')}</Outputs></member></Stacks>`,
  };
  return xml(
    200,
    `<${action}Response><${action}Result>${results[action] ?? ''}</${action}Result></${action}Response>`,
  );
}

const parameterOf = (stage: string) => ({
  Name: `/otp-relay/${stage}/ownid-shared-secret`,
  Type: 'SecureString',
  Value: 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=',
});
