/**
 * Invokes the handler of the module named by its argument with each event that its parent sends, and reports how long
 * that took. Sent `heap`, it reports how many bytes are in use after garbage collection, which needs `--expose-gc`.
 */
import { performance } from 'node:perf_hooks';

/** The parts of Lambda's context that the peers use. */
const context = {
  awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
  getRemainingTimeInMillis: () => 15_000,
};
const { handler } = await import(process.argv[2]);

process.on('message', async (event) => {
  if (event === 'heap') {
    globalThis.gc();
    process.send({ heap: process.memoryUsage().heapUsed });
    return;
  }
  const startedAt = performance.now();
  try {
    const { statusCode } = await handler(event, context);
    const milliseconds = performance.now() - startedAt;
    process.send(statusCode === 202 ? { milliseconds } : { failure: `answered ${statusCode}` });
  } catch (error) {
    process.send({ failure: `${error} ${error.cause ?? ''}` });
  }
});
