import { fate } from './fate.js';

/** Longer than any lease of these worlds, and than any time budget. */
const FREEZE_MS = 4500;
export const LATE_MS = 1100;
/** Longer than anything is tried again in one invocation. */
const OUTAGE_MS = 3000;

export const done = { effectAfterMs: 0 };
export const REFUSES = fate('refuses for now', 'throttled');
export const ANSWER_LOST = fate('is carried out, and the answer lost', 'reset', done);
export const DONE_AND_DIES = fate('is carried out; the caller dies', 'nothing', { ...done, sandbox: 'dies' });
export const OUTAGE = fate('is lost, and nobody gets through for a while', 'reset', { outageMs: OUTAGE_MS });
export const UNWRITTEN = fate('does not take the connection', 'nothing', { unwritten: true });
export const REFUSES_ACCOUNT = fate('refuses the account', 'misconfigured');
export const freezes = { sandbox: { freezesForMs: FREEZE_MS } };

/** What may befall a request to any service of a small world. */
export const EVERYWHERE = [
  REFUSES,
  REFUSES_ACCOUNT,
  ANSWER_LOST,
  fate('is lost', 'reset'),
  fate('is carried out, and never answered', 'nothing', done),
  fate('is never answered', 'nothing'),
  fate('is carried out late, and never answered', 'nothing', { effectAfterMs: LATE_MS }),
  DONE_AND_DIES,
  fate('is lost; the caller dies', 'nothing', { sandbox: 'dies' }),
  OUTAGE,
  fate('is carried out; the caller freezes', 'answer', { ...done, ...freezes }),
];
/** What may befall one to a provider. */
export const AT_A_PROVIDER = [
  ...EVERYWHERE,
  fate('hangs for good', 'nothing', { ...done, isDeaf: true }),
  UNWRITTEN,
  fate('refuses the message', 'rejected'),
];
