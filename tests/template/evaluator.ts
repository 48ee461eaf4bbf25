import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

// AGPL: a tool of the checks, in a folder of its own, on which nothing of the project depends.
const PACKAGE = '@cloud-copilot/iam-simulate';
const VERSION = '0.1.173';
const folder = fileURLToPath(new URL(`../../node_modules/.cache/iam-simulate-${VERSION}/`, import.meta.url));

interface Request {
  readonly principal: string;
  readonly action: string;
  readonly resource: { readonly resource: string; readonly accountId: string };
  readonly contextVariables: Readonly<Record<string, string>>;
}

interface Policies {
  readonly name: string;
  readonly policy: unknown;
}

interface Evaluator {
  readonly runSimulation: (
    simulation: {
      readonly request: Request;
      readonly identityPolicies: readonly Policies[];
      readonly serviceControlPolicies: readonly { orgIdentifier: string; policies: readonly Policies[] }[];
      readonly resourceControlPolicies: readonly never[];
    },
    options: object,
  ) => Promise<{ readonly resultType: string; readonly overallResult?: string; readonly errors?: unknown }>;
}

const EVERYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** Whether a role with such a policy may do what is asked for. */
export type Evaluate = (policy: unknown, request: Request) => Promise<boolean>;

/** Loads the evaluator, and installs it before where it is not there. */
export async function createEvaluator(): Promise<Evaluate> {
  if (!existsSync(`${folder}node_modules`)) {
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
    const { status } = spawnSync('npm', [...args, `${PACKAGE}@${VERSION}`], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${PACKAGE} cannot be installed`);
  }
  const path = createRequire(`${folder}index.js`).resolve(PACKAGE);
  const { runSimulation } = (await import(pathToFileURL(path).href)) as Evaluator;
  return async (policy, request) => {
    const result = await runSimulation(
      {
        request,
        identityPolicies: [{ name: 'role', policy }],
        serviceControlPolicies: [{ orgIdentifier: 'root', policies: [{ name: 'all', policy: EVERYTHING }] }],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === 'error')
      throw new Error(`${request.action} on ${request.resource.resource}: ${JSON.stringify(result.errors)}`);
    return result.overallResult === 'Allowed';
  };
}
