import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { stringify } from 'yaml';
import { decodeSecret } from '../../lib/ownid/signature.js';
import { startDnsServer } from '../support/dns-server.js';
import { type RecordedRequest, startFaultProxy } from '../support/fault-proxy.js';
import { runTool, serverless } from '../support/serverless.js';
import { type Mail, startEmulator } from './emulator.js';

const STAGE = 'emulated';

export type EmulatedStage = Awaited<ReturnType<typeof startEmulatedStage>>;

/** An emulated AWS, and stage `emulated` in this checkout, as its operator has it. Nothing is deployed yet. */
export async function startEmulatedStage() {
  const emulator = await startEmulator();
  const dns = await startDnsServer({ '_dmarc.acme-shop.com': ['v=DMARC1; p=reject'] });
  const requests: RecordedRequest[] = [];
  const proxy = await startFaultProxy(emulator.port, (request) => requests.push(request));
  const config = {
    region: 'us-east-1',
    endpoint: emulator.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const ssm = new SSMClient(config);
  const operator = {
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_REGION: config.region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const file = (end: string) => new URL(`../../settings/${STAGE}.${end}`, import.meta.url);
  /** Of an installation's secret. */
  const parameter = (service = 'otp-relay') => `/${service}/${STAGE}/ownid-shared-secret`;

  /** Runs one of the operator's commands, and prints what it prints. */
  const runOperatorTool = async (name: string, ...args: string[]) => {
    const result = await runTool(`tools/${name}/main.ts`, ['--stage', STAGE, ...args], operator);
    console.log(result.printed.replace(/^/gm, '      '));
    return result;
  };

  return {
    stage: STAGE,
    emulator,
    proxy,
    /** Every request to AWS, those of the functions and of the operator's commands. */
    requests,
    config,
    /** Where docs/operations.md fails over to. */
    standby: { ...config, region: 'eu-west-1' },
    ssm,
    operator,
    parameter,
    run: (command: string) => serverless([...command.split(' '), '--stage', STAGE], operator),
    runOperatorTool,
    /** With the actions of SNS that the emulator has not, and subscribers, whose mails nobody reads there. */
    doctor: (apiId: string, account: { isInSandbox: boolean; subscribers?: number }) => {
      const answer = (action: string, result: string) =>
        proxy.answers.set(`Action=${action}`, {
          status: 200,
          body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
        });
      const attribute = (list: string, key: string, value: string | number) =>
        `<${list}><entry><key>${key}</key><value>${value}</value></entry></${list}>`;
      answer(
        'GetTopicAttributes',
        attribute('Attributes', 'SubscriptionsConfirmed', account.subscribers ?? 1),
      );
      answer('GetSMSSandboxAccountStatus', `<IsInSandbox>${account.isInSandbox}</IsInSandbox>`);
      answer('GetSMSAttributes', attribute('attributes', 'MonthlySpendLimit', 50));
      const endpoint = `${emulator.endpoint}/_aws/execute-api/${apiId}/$default`;
      return runOperatorTool('doctor', '--endpoint', endpoint, '--dns', dns.address);
    },
    writeSettings: (changed: Record<string, string> = {}) =>
      writeFile(
        file('yml'),
        stringify({
          OWNID_SHARED_SECRET: `ssm:${parameter()}`,
          EMAIL_FROM: 'login@acme-shop.com',
          EMAIL_FROM_NAME: 'Example Shop',
          SMS_ALLOWED_COUNTRIES: 'US',
          DRY_RUN: 'allowed',
          AWS_ENDPOINT_URL: proxy.endpoint,
          ...changed,
        }),
      ),
    writeStack: (parameters: Record<string, unknown>) => writeFile(file('stack.yml'), stringify(parameters)),
    removeStackFile: () => rm(file('stack.yml'), { force: true }),
    putSecret: (value: string, { store = ssm, name = parameter() } = {}) =>
      store.send(
        new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: true }),
      ),
    outputs: async (where = config, stack = `otp-relay-${STAGE}`): Promise<Record<string, string>> => {
      const command = new DescribeStacksCommand({ StackName: stack });
      const { Stacks = [] } = await new CloudFormationClient(where).send(command);
      return Object.fromEntries(
        Stacks.flatMap(({ Outputs = [] }) =>
          Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
        ),
      );
    },
    mailsTo: async (address: string): Promise<Mail[]> =>
      (await emulator.mails()).filter(({ To }) => To.includes(address)),
    /** As EventBridge does on a delivery event of SES, which the emulator has not. */
    logDelivery: async (messageId: string) => {
      const logs = new CloudWatchLogsClient(config);
      const stream = { logGroupName: `/aws/events/otp-relay-${STAGE}-email-events`, logStreamName: 'test' };
      const message = JSON.stringify({ event: 'Delivery', messageId, bounceType: '' });
      await logs.send(new CreateLogStreamCommand(stream));
      await logs.send(
        new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message }] }),
      );
    },
    stop: async () => {
      await Promise.all(['yml', 'stack.yml'].map((end) => rm(file(end), { force: true })));
      await Promise.all([proxy.stop(), dns.close()]);
      await emulator.stop();
    },
  };
}

export function newSecret() {
  const text = randomBytes(32).toString('base64');
  return { text, key: decodeSecret(text) };
}
