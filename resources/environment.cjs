const { stageUse } = require('../tools/serverless/stage-use.cjs');

/** What the functions must know of the stack. A setting of the same name in settings/<stage>.yml wins. */
module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  // `npm start` and the commands that talk to it bring their own.
  if (stage === 'local') return {};
  const name = `${await resolveVariable('self:service')}-${stage}`;
  const { ses } = stageUse((await resolveVariable('file(settings/${sls:stage}.yml), null')) ?? {});
  return {
    QUEUE_URL: { Ref: 'RetryQueue' },
    STATE_TABLE: { Ref: 'StateTable' },
    ...(ses && { SES_CONFIGURATION_SET: name }),
    // The dimension `service` of every metric.
    METRICS_SERVICE: name,
  };
};
