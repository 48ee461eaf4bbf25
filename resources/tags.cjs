/** The tags of the stack and, by it, of all that it creates. */
module.exports = async ({ resolveVariable }) => ({
  ...(await resolveVariable('param:tags')),
  service: await resolveVariable('self:service'),
  stage: await resolveVariable('sls:stage'),
});
