/**
 * Runs steps that build on each other, up to the first that fails, and prints each with its time and, at the end,
 * `N passed, N failed`.
 */
export interface Steps {
  readonly step: (name: string, run: () => Promise<void>) => Promise<void>;
  /** Sets the exit code. */
  readonly close: () => void;
}

/** @param onFailure prints what else may explain a failure. */
export function createSteps(onFailure: () => Promise<void>): Steps {
  let passed = 0;
  let failed = 0;
  return {
    step: async (name, run) => {
      if (failed > 0) return;
      const startedAt = performance.now();
      try {
        await run();
        passed += 1;
        console.log(`ok    ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL  ${name}`);
        console.error(error);
        await onFailure();
      }
    },
    close: () => {
      console.log(`${passed} passed, ${failed} failed`);
      process.exitCode = failed === 0 ? 0 : 1;
    },
  };
}

/**
 * Asks until the answer is there.
 *
 * @throws when it is not within `withinMs`.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const endsAt = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= endsAt) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
