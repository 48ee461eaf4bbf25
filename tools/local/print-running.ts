import { processEnvironment } from '../../lib/settings/settings.js';
import { findRunning } from './running.js';

/** For `serverless invoke local`: prints what a function needs to reach a run of `npm start`, as JSON. */
const asked = processEnvironment()['PORT'];
const running = await findRunning();
const { environment = {} } = running.find(({ port }) => String(port) === asked) ?? running[0] ?? {};
console.log(JSON.stringify(environment));
