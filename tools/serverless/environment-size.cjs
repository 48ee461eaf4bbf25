'use strict';

/** Lambda developer guide, "Lambda quotas": of all variables of a function together, measured as JSON. */
const MAXIMUM_BYTES = 4096;
/** In place of what CloudFormation will put in: no queue's URL and no table's name is longer. */
const LONGEST_REFERENCE = 'x'.repeat(150);

/**
 * The functions whose environment Lambda would refuse, in the middle of a deployment, as sentences.
 *
 * @param shared the environment of all functions.
 * @param functions each function's own `environment`, by name.
 */
module.exports = function oversizedEnvironments(shared, functions) {
  return Object.entries(functions).flatMap(([name, { environment }]) => {
    const variables = Object.entries({ ...shared, ...environment }).map(([key, value]) => [
      key,
      typeof value === 'object' ? LONGEST_REFERENCE : String(value),
    ]);
    const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(variables)));
    return bytes <= MAXIMUM_BYTES
      ? []
      : [
          `The settings of function "${name}" take ${bytes} bytes, and Lambda takes ${MAXIMUM_BYTES}: move long values to the parameter store (ssm:), or give some apps a stage of their own.`,
        ];
  });
};
