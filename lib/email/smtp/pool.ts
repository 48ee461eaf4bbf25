import type { Deadline } from '../../net/deadline.js';
import { SmtpError } from './failure.js';
import type { SmtpSession } from './session.js';

/** Less than servers (five minutes or more) and AWS's NAT gateways (350 seconds) keep an idle connection. */
const IDLE_MS = 60_000;

export interface SmtpPool {
  /**
   * Lends a kept session, or a new one if none is kept or `fresh` is set. The session is kept afterwards unless `use`
   * failed.
   *
   * @throws {SmtpError} `TIMEOUT` when the deadline comes before a session is free.
   */
  lend<T>(
    use: (session: SmtpSession) => Promise<T>,
    options: { deadline: Deadline; fresh: boolean },
  ): Promise<T>;
}

/**
 * Keeps sessions between messages and invocations, at most `maximum` at a time.
 *
 * @param options.now milliseconds of a clock that keeps running while the process is frozen.
 */
export function createSmtpPool(options: {
  open: (options: { deadline: Deadline }) => Promise<SmtpSession>;
  maximum: number;
  now: () => number;
}): SmtpPool {
  const { open, maximum, now } = options;
  const kept: { session: SmtpSession; since: number }[] = [];
  const waiting: (() => void)[] = [];
  let lent = 0;

  const enter = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (lent < maximum) {
        lent += 1;
        resolve();
        return;
      }
      const onAbort = () => {
        waiting.splice(waiting.indexOf(proceed), 1);
        reject(new SmtpError('TIMEOUT'));
      };
      const proceed = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      waiting.push(proceed);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });

  const leave = () => {
    const proceed = waiting.shift();
    if (proceed === undefined) lent -= 1;
    else proceed();
  };

  const takeKept = (fresh: boolean): SmtpSession | undefined => {
    for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
      if (!fresh && last.session.isOpen() && now() - last.since < IDLE_MS) return last.session;
      last.session.close();
      // Closing one makes room for the new session; the others may still be good.
      if (fresh) break;
    }
    return undefined;
  };

  return {
    lend: async (use, { deadline, fresh }) => {
      await enter(deadline.signal);
      try {
        // The sandbox may have been frozen: let it notice first that a kept connection was closed.
        await new Promise(setImmediate);
        const session = takeKept(fresh) ?? (await open({ deadline }));
        session.keepProcess(true);
        try {
          const result = await use(session);
          session.keepProcess(false);
          kept.push({ session, since: now() });
          return result;
        } catch (error) {
          session.close();
          throw error;
        }
      } finally {
        leave();
      }
    },
  };
}
