import { roundTrip, write } from './bare.js';
import { answer } from './signature.js';

const isFull = process.env.STATE_TABLE !== undefined;

/** The same round trips as ours, and nothing else: claim, count, send, settle. */
export const handler = async (event) => {
  if (isFull) {
    await write();
    await write();
  }
  await roundTrip('SES', `Action=SendEmail&Body=${event.body}${event.body}`);
  if (isFull) await write();
  return answer(202);
};
