import { Refusal } from '../../lib/errors.js';

/** How a call was refused, as `outcome: reason`; undefined where it was not. */
export function refusalOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return `${error.outcome}: ${error.reason}`;
    throw error;
  }
}
