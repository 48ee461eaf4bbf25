import { DEFAULT_PORT } from '../command.js';
import type { Running } from './running.js';

/** Thrown when something else listens on a port that is needed. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} is taken`);
    this.port = port;
  }
}

/** Runs `use` with a port. @throws {PortTakenError} */
export async function orPortTaken<T>(port: number, use: (port: number) => Promise<T>): Promise<T> {
  try {
    return await use(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortTakenError(port);
    throw error;
  }
}

/**
 * What to do about a taken port.
 *
 * @param asked the port of the gateway; the next one is the loopback's.
 * @param running the other runs of `npm start`.
 */
export function explainPortTaken(
  { port }: PortTakenError,
  asked: number,
  running: readonly Running[],
): string {
  const isTaken = (candidate: number) => running.some((run) => Math.abs(run.port - candidate) < 2);
  const candidates = Array.from({ length: 600 }, (_, index) => asked + 100 * (index + 1));
  const free = candidates.find((candidate) => candidate < 65_535 && !isTaken(candidate)) ?? DEFAULT_PORT;
  const own = running.find((run) => port === run.port || port === run.awsPort);
  const holder =
    own === undefined ? 'another program' : `npm start, whose inbox is at http://localhost:${own.port}`;
  return `Port ${port} is taken by ${holder}. Choose another pair of ports: npm start -- --port ${free}`;
}
