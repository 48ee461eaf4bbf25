/** What SES reports of mail after it accepted it, in a stage that sends by SES. */
const { resolveUse } = require('../tools/serverless/stage-use.cjs');

module.exports = async ({ resolveVariable }) =>
  (await resolveUse(resolveVariable)).ses ? resolveVariable('file(resources/email-events.yml)') : {};
