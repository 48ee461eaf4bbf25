/**
 * Lets an IAM policy evaluator that is not ours decide what each role may do and what it may not, and whether the policy of
 * docs/ci-cd.md is enough for a deployment and no more.
 *
 * It knows neither phone numbers as a resource of `sns:Publish` nor `kms:EncryptionContext`, so that the two statements
 * with these are only tried on what they must deny.
 */
import { decideDeployer } from './deployer.js';
import { createEvaluator } from './evaluator.js';
import { decideRoles } from './role-decisions.js';

const evaluate = await createEvaluator();
let passed = 0;
let failed = 0;
const judge = (isRight: boolean, fault: string) => {
  if (isRight) passed += 1;
  else failed += 1;
  if (!isRight) console.log(`FAIL  ${fault}`);
};

for (const place of [
  { partition: 'aws', region: 'eu-west-1', otherRegion: 'us-east-1' },
  { partition: 'aws-us-gov', region: 'us-gov-west-1', otherRegion: 'us-gov-east-1' },
  { partition: 'aws-cn', region: 'cn-north-1', otherRegion: 'cn-northwest-1' },
]) {
  await decideRoles(evaluate, place, judge);
}
console.log(`${passed} of ${passed + failed} decisions on the functions' roles right`);
await decideDeployer(evaluate, judge);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
