import { roundTrip, write } from './bare.js';
import { answer } from './signature.js';

const isFull = process.env.STATE_TABLE !== undefined;

/** The same round trips as ours, and nothing else: claim, five counts at once, send, settle. */
export const handler = async (event) => {
  if (isFull) {
    await write();
    await Promise.all([write(), write(), write(), write(), write()]);
  }
  await roundTrip('SNS', `Action=Publish&Message=${event.body}`);
  if (isFull) await write();
  return answer(202);
};
