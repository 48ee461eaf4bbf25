/** What SES reports of mail after it accepted it, in a stage that sends by SES. */
const { resolveUse } = require('../tools/serverless/stage-use.cjs');

module.exports = async ({ resolveVariable }) => {
  if (!(await resolveUse(resolveVariable)).ses) return {};
  const { EmailEventLogPolicy, ...Resources } = await resolveVariable(
    'file(resources/email-events.yml):Resources',
  );
  const Outputs = await resolveVariable('file(resources/email-events.yml):Outputs');
  const isOwner = await resolveVariable('param:accountWide');
  return { Resources: { ...Resources, ...(isOwner && { EmailEventLogPolicy }) }, Outputs };
};
