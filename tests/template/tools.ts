import { spawnSync } from 'node:child_process';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { pythonTool } from '../support/python.js';

/** What a tool has to say of a template. */
export interface Finding {
  readonly tool: ToolName;
  readonly rule: string;
  /** Logical id; empty where it is about the template as a whole. */
  readonly resource: string;
  readonly message: string;
}

export type ToolName = 'cloudformation-validate' | 'cfn-lint' | 'checkov';

/** Runs the tools on a template for a region, each of them without network. */
export const TOOLS: Readonly<Record<ToolName, (template: string, region: string) => Finding[]>> = {
  'cloudformation-validate': (template) => {
    const engine = new RegoEngine();
    try {
      const { diagnostics } = engine.validateStandard(new TemplateFile(template));
      return (
        diagnostics
          // Information is for authors; cfn-lint leaves it out too.
          .filter(({ severity }) => severity !== 'INFO')
          .map(({ ruleId: rule, entity, message }) => ({
            tool: 'cloudformation-validate',
            rule,
            resource: entity?.logicalId ?? '',
            message,
          }))
      );
    } finally {
      engine.free();
    }
  },

  'cfn-lint': (template, region) => {
    interface Match {
      readonly Rule: { readonly Id: string };
      readonly Location: { readonly Path: readonly (string | number)[] | null };
      readonly Message: string;
    }
    const printed = run('cfn-lint', ['--regions', region, '--format', 'json', '--template', template]);
    return (JSON.parse(printed || '[]') as Match[]).map(({ Rule, Location, Message }) => ({
      tool: 'cfn-lint',
      rule: Rule.Id,
      resource: String(Location.Path?.[1] ?? ''),
      message: Message,
    }));
  },

  checkov: (template) => {
    interface Report {
      readonly summary: { readonly passed: number; readonly parsing_errors: number };
      readonly results: {
        readonly failed_checks: readonly {
          readonly check_id: string;
          readonly check_name: string;
          readonly resource: string;
        }[];
      };
    }
    const printed = run('checkov', [
      ...['--file', template, '--framework', 'cloudformation', '--output', 'json'],
      ...['--quiet', '--compact', '--skip-download'],
    ]);
    const { summary, results } = JSON.parse(printed) as Report;
    if (summary.parsing_errors > 0 || summary.passed === 0)
      throw new Error('checkov cannot read the template');
    return results.failed_checks.map(({ check_id: rule, check_name: message, resource }) => ({
      tool: 'checkov',
      rule,
      resource: resource.split('.')[1] ?? '',
      message,
    }));
  },
};

/** What the tool printed; its exit code only says whether there are findings. */
function run(tool: string, args: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(pythonTool(tool), args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (stdout === '' && status !== 0) throw new Error(`${tool} failed: ${stderr}`);
  return stdout;
}
