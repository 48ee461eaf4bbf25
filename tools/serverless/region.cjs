const { findRegion, NO_REGION } = require('../stage/region.cjs');

/** The region for serverless.yml. Stage `local`, which works in none, does without. */
module.exports = async ({ options, resolveVariable }) => {
  // The stage's own goes before the operator's.
  const own = await resolveVariable('file(resources/parameters.cjs):region');
  const { region } = await findRegion(
    { region: options.region || own, profile: options['aws-profile'] },
    process.env,
  );
  if (region === undefined && (await resolveVariable('sls:stage')) !== 'local') {
    // osls would go to us-east-1 where this resolves to nothing, and print a stack trace where it throws.
    console.error(NO_REGION);
    process.exit(2);
  }
  return region ?? null;
};
