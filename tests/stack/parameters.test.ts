import { readStackParameters, StackParametersError } from '../../tools/stage/stack-parameters.cjs';
import { stageFiles } from '../support/stage-files.js';
import { EVERYTHING, stackParts, stackResources } from '../support/stack.js';

const files = stageFiles();
afterAll(() => files.remove());

const read = async (parameters: Record<string, unknown>) => {
  await files.writeStack(parameters);
  return readStackParameters(files.stage);
};

test('a stage without a file has the defaults', () => {
  expect(readStackParameters('without-a-file')).toMatchObject({ service: 'otp-relay', memorySize: 1024 });
});

test("the stage's own file wins over the defaults", async () => {
  expect(await read({ service: 'acme-otp', alarmEmail: 'ops@acme-shop.com' })).toMatchObject({
    service: 'acme-otp',
    alarmEmail: 'ops@acme-shop.com',
    throttleRate: 500,
  });
});

test.each<[Record<string, unknown>, RegExp]>([
  [{ alarmMail: 'ops@acme-shop.com' }, /alarmMail is no parameter of the stack; there are service, /],
  [{ memorySize: 100 }, /memorySize must be a whole number from 128 to 10240$/],
  [{ logRetentionInDays: 31 }, /logRetentionInDays must be one of 1, 3, 5/],
  [{ service: 'Acme OTP' }, /service must be up to 30 letters in lower case, digits or -/],
  [{ alarmEmail: null }, /alarmEmail must be an email address/],
  [{ subnetIds: ['subnet-0a1b2c3d'] }, /subnetIds and securityGroupIds go together/],
  [{ domainName: 'otp.acme-shop.com' }, /domainName needs certificateArn, or hostedZoneId/],
  [{ hostedZoneId: 'Z0123456789ABCDEFGHIJ' }, /certificateArn and hostedZoneId need domainName/],
  [{ permissionsBoundary: 'boundary' }, /permissionsBoundary must be the ARN of IAM's/],
  [{ tags: { costCentre: 4711 } }, /tags must be names with texts in quotes/],
])('%j is refused', async (parameters, sentence) => {
  const reading = read(parameters);
  await expect(reading).rejects.toThrow(StackParametersError);
  await expect(reading).rejects.toThrow(sentence);
});

describe('what a stage asks for is in its template', () => {
  const parameters = {
    permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
    rolePath: '/otp/',
    subnetIds: ['subnet-0a1b2c3d'],
    securityGroupIds: ['sg-0a1b2c3d'],
    tracing: true,
    reservedConcurrency: 50,
  };

  test('each role has the boundary, the path, and what a VPC and tracing need', async () => {
    const roles = Object.values(await stackResources('roles', EVERYTHING, parameters));
    expect(roles).toHaveLength(3);
    for (const { Properties } of roles) {
      expect(Properties).toMatchObject({
        Path: '/otp/',
        PermissionsBoundary: parameters.permissionsBoundary,
      });
      expect(JSON.stringify(Properties)).toMatch(/ec2:CreateNetworkInterface.*xray:PutTraceSegments/);
    }
  });

  test('each function is in the VPC and traced, and the webhooks have concurrency of their own', async () => {
    const { extensions = {} } = await stackParts('options', EVERYTHING, parameters);
    const common = {
      VpcConfig: { SubnetIds: ['subnet-0a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] },
      TracingConfig: { Mode: 'Active' },
    };
    const webhook = { Properties: { ...common, ReservedConcurrentExecutions: 50 } };
    expect(extensions).toEqual({
      EmailLambdaFunction: webhook,
      SmsLambdaFunction: webhook,
      RetryLambdaFunction: { Properties: common },
    });
  });

  test.each([
    ['a hosted zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ' }, ['DomainCertificate', 'DomainRecord']],
    ['a certificate', { certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' }, []],
  ])('a domain with %s', async (_, more, expected) => {
    const resources = await stackResources('domain', EVERYTHING, {
      domainName: 'otp.acme-shop.com',
      ...more,
    });
    expect(Object.keys(resources).sort()).toEqual(['Domain', 'DomainMapping', ...expected].sort());
  });
});

test('what a stage does not ask for adds nothing to its template', async () => {
  expect(await stackParts('options')).toEqual({});
  expect(await stackParts('domain')).toEqual({});
  expect(JSON.stringify(await stackResources('roles'))).not.toMatch(/ec2:|xray:|Boundary|"Path"/);
});

test("the account's alarms are in one stage", async () => {
  const accounts = ['BounceRateAlarm', 'ComplaintRateAlarm', 'SmsSpendAlarm'];
  const all = Object.keys(await stackResources('alarms'));
  expect(all).toEqual(expect.arrayContaining(accounts));
  const others = Object.keys(await stackResources('alarms', EVERYTHING, { accountWide: false }));
  expect(others).toEqual(all.filter((name) => !accounts.includes(name)));
});

test("another installation's names begin with its own", async () => {
  const text = JSON.stringify([
    await stackResources('alarms', EVERYTHING, { service: 'acme-otp' }),
    await stackResources('roles', EVERYTHING, { service: 'acme-otp' }),
  ]);
  expect(text).toContain('acme-otp-prod-');
  expect(text).toContain('parameter/acme-otp/prod/*');
  expect(text).not.toContain('otp-relay-prod');
});
