'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { parse } = require('yaml');

const root = path.dirname(require.resolve('../../package.json'));

const matching = (pattern, must) => ({ isValid: (value) => pattern.test(String(value)), must });
const whole = (low, high) => ({
  isValid: (value) => Number.isInteger(value) && value >= low && value <= high,
  must: `must be a whole number from ${low} to ${high}`,
});
const positive = {
  isValid: (value) => typeof value === 'number' && value > 0,
  must: 'must be a number above 0',
};
const oneOf = (values) => ({
  isValid: (value) => values.includes(value),
  must: `must be one of ${values.join(', ')}`,
});
const ids = (prefix) => ({
  isValid: (value) =>
    Array.isArray(value) && value.every((id) => new RegExp(`^${prefix}-[0-9a-f]+$`).test(id)),
  must: `must be a list of ids such as ${prefix}-0a1b2c3d`,
});
const optional = ({ isValid, must }) => ({ isValid: (value) => value === '' || isValid(value), must });
const arn = (service) =>
  matching(new RegExp(`^arn:aws[\\w-]*:${service}:`), `must be the ARN of ${service.toUpperCase()}'s`);

/** CloudWatch Logs API reference, PutRetentionPolicy. */
const RETENTION = [
  ...[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
];

/** Every parameter of the stack: its default, and what it may be. docs/stack.md says what each is for. */
exports.STACK_PARAMETERS = {
  // Functions' names, the longest that carry it, have 64 characters at most.
  service: [
    'otp-relay',
    matching(/^[a-z][a-z0-9-]{0,29}$/, 'must be up to 30 letters in lower case, digits or -'),
  ],
  region: ['', optional(matching(/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1'))],
  memorySize: [1024, whole(128, 10_240)],
  reservedConcurrency: ['', optional(whole(1, 100_000))],
  retryConcurrency: [10, whole(2, 1000)],
  throttleRate: [500, whole(1, 100_000)],
  throttleBurst: [1000, whole(1, 100_000)],
  logRetentionInDays: [30, oneOf(RETENTION)],
  emailTlsPolicy: ['REQUIRE', oneOf(['REQUIRE', 'OPTIONAL'])],
  alarmEmail: ['', optional(matching(/^[^\s@]+@[^\s@]+$/, 'must be an email address'))],
  alarmLatencyMs: [3000, positive],
  alarmSmsSpendUsd: [40, positive],
  alarmBounceRate: [0.04, positive],
  alarmComplaintRate: [0.0008, positive],
  accountWide: [true, oneOf([true, false])],
  tracing: [false, oneOf([true, false])],
  permissionsBoundary: ['', optional(arn('iam'))],
  rolePath: ['/', matching(/^\/([\w+=,.@-]+\/)*$/, 'must begin and end with /')],
  subnetIds: [[], ids('subnet')],
  securityGroupIds: [[], ids('sg')],
  domainName: ['', optional(matching(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be a domain in lower case'))],
  certificateArn: ['', optional(arn('acm'))],
  hostedZoneId: ['', optional(matching(/^Z[A-Z0-9]+$/, 'must be an id such as Z0123456789ABCDEFGHIJ'))],
  tags: [
    {},
    {
      isValid: (value) =>
        typeof value === 'object' &&
        !Array.isArray(value) &&
        Object.values(value).every((tag) => typeof tag === 'string'),
      must: 'must be names with texts in quotes',
    },
  ],
};

/** Thrown with a line for each fault of a stage's file. */
class StackParametersError extends Error {}
exports.StackParametersError = StackParametersError;

/** The stack's parameters of a stage: those of `settings/<stage>.stack.yml`, where there is one, over the defaults. */
exports.readStackParameters = (stage) => {
  const file = `settings/${stage}.stack.yml`;
  const found = read(path.join(root, file));
  const faults = faultsOf(found);
  if (faults.length > 0)
    throw new StackParametersError(faults.map((fault) => `${file}: ${fault}`).join('\n'));
  const defaults = Object.entries(exports.STACK_PARAMETERS).map(([name, [byDefault]]) => [name, byDefault]);
  return { ...Object.fromEntries(defaults), ...found };
};

function read(file) {
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw new StackParametersError(`${file}: ${error.message}`);
  }
}

function faultsOf(found) {
  if (typeof found !== 'object' || Array.isArray(found)) return ['must be a list of names and values'];
  const known = Object.keys(exports.STACK_PARAMETERS);
  const faults = Object.entries(found).flatMap(([name, value]) => {
    if (!known.includes(name)) return [`${name} is no parameter of the stack; there are ${known.join(', ')}`];
    const [, { isValid, must }] = exports.STACK_PARAMETERS[name];
    return value != null && isValid(value) ? [] : [`${name} ${must}`];
  });
  const has = (name) => found[name] !== undefined && found[name].length > 0;
  if (has('subnetIds') !== has('securityGroupIds')) faults.push('subnetIds and securityGroupIds go together');
  if (has('domainName') && !has('certificateArn') && !has('hostedZoneId')) {
    faults.push('domainName needs certificateArn, or hostedZoneId to have a certificate made');
  }
  if (!has('domainName') && (has('certificateArn') || has('hostedZoneId'))) {
    faults.push('certificateArn and hostedZoneId need domainName');
  }
  return faults;
}
