import { type Container, type ContainerOptions, type Invocation, startContainer } from './container.js';

/** A deployed function as it runs here. */
export interface LocalFunction {
  invoke(event: unknown, requestId: string): Promise<Invocation>;
  /** Kills every container, as a crash would; the next invocation starts another. */
  kill(): Promise<void>;
  /** Kills every container for good. */
  close(): Promise<void>;
}

/** A crowd of requests must not start a crowd of processes: what is more waits for its turn. */
const MAX_CONTAINERS = 8;

/**
 * Runs a function as Lambda does: while all of its containers are busy, another is started. The first is started at
 * once, to find out whether the function loads.
 *
 * @throws {FunctionLoadError}
 */
export async function startFunction(options: ContainerOptions): Promise<LocalFunction> {
  const containers = new Set<Container>();
  const idle: Container[] = [];
  const waiting: (() => void)[] = [];
  let starting = 0;
  let isClosed = false;

  const add = async (): Promise<Container> => {
    starting++;
    try {
      const container = await startContainer(options);
      containers.add(container);
      if (isClosed) await container.kill();
      return container;
    } finally {
      starting--;
    }
  };
  const acquire = async (): Promise<Container | undefined> => {
    for (;;) {
      if (isClosed) return undefined;
      // The one used last is the warmest.
      const container = idle.pop();
      if (container?.isAlive() === true) return container;
      if (container !== undefined) containers.delete(container);
      else if (containers.size + starting < MAX_CONTAINERS) return add();
      else await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const release = (container: Container) => {
    if (container.isAlive()) idle.push(container);
    else containers.delete(container);
    waiting.shift()?.();
  };

  const kill = async () => {
    await Promise.all([...containers].map((container) => container.kill()));
  };

  idle.push(await add());
  return {
    invoke: async (event, requestId) => {
      const container = await acquire();
      if (container === undefined) return { ended: 'crashed' };
      try {
        return await container.invoke(event, requestId);
      } finally {
        release(container);
      }
    },
    kill,
    close: () => {
      isClosed = true;
      return kill();
    },
  };
}
