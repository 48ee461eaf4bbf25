import type { Deadline } from '../../lib/net/deadline.js';

/** The options of an attempt that ends with a deadline, or when a signal aborts; the passcode lives for 5 minutes more. */
export function until(end: AbortSignal | Deadline): { deadline: Deadline; id: string; expiresAt: number } {
  const deadline = 'hasEnded' in end ? end : untilAborted(end);
  return { deadline, id: 'a-message', expiresAt: Date.now() + 300_000 };
}

function untilAborted(signal: AbortSignal): Deadline {
  return { signal, hasEnded: () => signal.aborted, clear: () => undefined };
}
