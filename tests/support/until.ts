import type { Deadline } from '../../lib/net/deadline.js';

/** The options of an attempt that ends with a deadline, or when a signal aborts. */
export function until(end: AbortSignal | Deadline): { deadline: Deadline; id: string } {
  const deadline = 'hasEnded' in end ? end : untilAborted(end);
  return { deadline, id: 'a-message' };
}

function untilAborted(signal: AbortSignal): Deadline {
  return { signal, hasEnded: () => signal.aborted, clear: () => undefined };
}
