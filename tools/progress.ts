/** Where a person waits; a terminal has `isTTY`. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

const AFTER_MS = 1000;

/**
 * Says on a terminal what takes longer than a second, and for how long already. The line is gone once `work` has ended,
 * and elsewhere there is none.
 */
export async function withProgress<T>(
  text: string,
  work: () => Promise<T>,
  stream: ProgressStream = process.stderr,
): Promise<T> {
  if (!stream.isTTY) return work();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds++;
    stream.write(`\r${text} … ${seconds} s`);
  }, AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (seconds > 0) stream.write('\r\u001b[K');
  }
}
