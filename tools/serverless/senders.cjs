/**
 * What the policy for SES names of a stage's settings: the sender addresses, and the identities and configuration sets
 * with which they may be used.
 *
 * A sender or configuration set that is an `ssm:` reference is not known when the policy is written; every one of the
 * account is permitted then.
 */
module.exports = async ({ resolveVariable }) => {
  const settings = {
    ...(await resolveVariable('self:provider.environment')),
    ...(await resolveVariable('self:functions.email.environment, null')),
  };

  // A statement must name something: without a sender, an address that cannot exist.
  const addresses = valuesOf({ EMAIL_FROM: 'nobody@invalid', ...settings }, 'EMAIL_FROM');
  const arn = (resource) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:ses:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
  });
  return {
    addresses,
    resources: [
      ...unique(addresses.flatMap(identities)).map((identity) => arn(`identity/${identity}`)),
      ...valuesOf(settings, 'SES_CONFIGURATION_SET').map((name) => arn(`configuration-set/${name}`)),
    ],
  };
};

/** A setting's values: of the default app, and of the apps that override it by a suffix. */
function valuesOf(settings, name) {
  return unique(
    Object.entries(settings)
      .filter(([key]) => key === name || key.startsWith(`${name}__`))
      .map(([, value]) => (String(value).startsWith('ssm:') ? '*' : String(value).trim())),
  );
}

/** SES lets an address send when it is verified itself, or its domain, or a domain above that. */
function identities(address) {
  if (address === '*') return ['*'];
  const labels = address.slice(address.lastIndexOf('@') + 1).split('.');
  return [address, ...labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))];
}

function unique(values) {
  return [...new Set(values)];
}
