/** What a stage adds to its functions by parameters of its own; what it does not use is not in the template. */
const { resolveUse } = require('../tools/serverless/stage-use.cjs');

module.exports = async ({ resolveVariable }) => {
  const param = (name) => resolveVariable(`param:${name}`);
  const { channels } = await resolveUse(resolveVariable);
  const subnetIds = await param('subnetIds');
  const reserved = await param('reservedConcurrency');
  const common = {
    ...(subnetIds.length > 0 && {
      VpcConfig: { SubnetIds: subnetIds, SecurityGroupIds: await param('securityGroupIds') },
    }),
    ...((await param('tracing')) && { TracingConfig: { Mode: 'Active' } }),
  };
  // The worker's concurrency is limited at its queue.
  const webhook = { ...common, ...(reserved && { ReservedConcurrentExecutions: reserved }) };
  const added = [...channels.map((name) => [name, webhook]), ['retry', common]].filter(
    ([, properties]) => Object.keys(properties).length > 0,
  );
  if (added.length === 0) return {};
  return {
    extensions: Object.fromEntries(
      added.map(([name, Properties]) => [
        `${name[0].toUpperCase()}${name.slice(1)}LambdaFunction`,
        { Properties },
      ]),
    ),
  };
};
