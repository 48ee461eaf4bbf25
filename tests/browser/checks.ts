/** Runs named checks one after the other and counts them; a failed one does not stop the rest. */
export function createChecks() {
  let passed = 0;
  let failed = 0;
  return {
    check: async (name: string, run: () => Promise<void>): Promise<void> => {
      try {
        await run();
        passed++;
        console.log(`ok    ${name}`);
      } catch (error) {
        failed++;
        console.log(`FAIL  ${name}\n${(error as Error).stack ?? String(error)}`);
      }
    },
    /** Prints the closing line and sets the exit code. */
    finish: (): void => {
      console.log(`\n${passed} passed, ${failed} failed`);
      process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
    },
  };
}
