// One container of one function: loads the bundle that it is given and runs one event at a time, as Lambda does.
// Plain JavaScript, so that a container starts without a compiler.
import { pathToFileURL } from 'node:url';

const [, , bundle] = process.argv;
const send = (message) => process.send(message);

// Ctrl-C reaches every process of a terminal; the one that started this one decides when to stop.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

try {
  const { handler } = await import(pathToFileURL(bundle).href);
  process.on('message', async ({ event, context }) => {
    try {
      send({ result: (await handler(event, context)) ?? null });
    } catch (error) {
      console.error(error);
      send({ failed: true });
    }
  });
  send({ ready: true });
} catch (error) {
  send(error.name === 'SettingsError' ? { faults: error.faults } : { fault: error.stack });
}
