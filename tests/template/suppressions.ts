import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Finding, ToolName } from './tools.js';

/** An entry of `suppressions.yml`. */
export interface Suppression {
  readonly tools: readonly ToolName[];
  readonly rule: string;
  readonly resources: string;
  readonly reason: string;
}

export function readSuppressions(): readonly Suppression[] {
  const suppressions = parse(
    readFileSync(new URL('suppressions.yml', import.meta.url), 'utf8'),
  ) as readonly Suppression[];
  for (const { rule, reason } of suppressions) {
    if (!reason || reason.length < 30) throw new Error(`The suppression of ${rule} has no reason`);
  }
  return suppressions;
}

export function isSuppressed({ tool, rule, resource }: Finding, suppression: Suppression): boolean {
  return (
    suppression.rule === rule &&
    suppression.tools.includes(tool) &&
    new RegExp(`^(?:${suppression.resources})$`).test(resource)
  );
}
