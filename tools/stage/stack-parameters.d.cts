/** What a stage may change about its stack; docs/stack.md says what each is for. */
export interface StackParameters {
  /** Of the installation: every name in AWS begins with it. */
  readonly service: string;
  /** Where the stage is deployed; empty for AWS's own way of finding it. */
  readonly region: string;
  readonly retryConcurrency: number;
  /** Whether this stage holds what one stage of an account and region is enough for. */
  readonly accountWide: boolean;
  readonly [name: string]: unknown;
}

/** Thrown with a line for each fault of a stage's file. */
export class StackParametersError extends Error {}

/** Each with its default and what it may be. */
export const STACK_PARAMETERS: Readonly<
  Record<string, readonly [byDefault: unknown, { isValid: (value: unknown) => boolean; must: string }]>
>;

/**
 * The stack's parameters of a stage: those of `settings/<stage>.stack.yml`, where there is one, over the defaults.
 *
 * @throws {StackParametersError}
 */
export function readStackParameters(stage: string): StackParameters;
