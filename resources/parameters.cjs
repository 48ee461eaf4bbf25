/** The stack's parameters, for serverless.yml. */
const { readStackParameters, StackParametersError } = require('../tools/stage/stack-parameters.cjs');

module.exports = async ({ resolveVariable }) => {
  try {
    return readStackParameters(await resolveVariable('sls:stage'));
  } catch (error) {
    if (!(error instanceof StackParametersError)) throw error;
    // osls would print a stack trace.
    console.error(error.message);
    process.exit(2);
  }
};
