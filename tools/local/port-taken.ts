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
