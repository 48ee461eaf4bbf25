import { Refusal } from '../errors.js';
import type { RawRequest } from '../ownid/request.js';
import { HEADER_MISMATCH, requireHeader } from '../ownid/required-header.js';
import { type Verified, verify } from '../ownid/signature.js';
import type { App } from '../settings/apps.js';
import type { AppSettings } from './channel-apps.js';

/** Refusals that a change in the parameter store may put right. */
const MISMATCHES = new Set(['signature_mismatch', HEADER_MISMATCH]);

/**
 * Verifies with the cached secrets and, after a mismatch, once more with those that the parameter store has now.
 *
 * @param options.until how long to wait for the parameter store, in milliseconds since the Unix epoch.
 * @throws {Refusal} `unauthenticated`, or `secret_unavailable`.
 */
export async function authenticate<M>(
  app: App<AppSettings<M>>,
  request: RawRequest,
  { now, until }: { now: () => number; until: number },
): Promise<Verified & { settings: AppSettings<M> }> {
  const check = (settings: AppSettings<M>) => {
    const verified = verify(request, { secrets: settings.secrets, now: now() });
    requireHeader(request, settings.requiredHeader);
    return { ...verified, settings };
  };
  const settings = await app.settings(until);
  try {
    return check(settings);
  } catch (error) {
    if (!(error instanceof Refusal) || !MISMATCHES.has(error.reason)) throw error;
    const refreshed = await app.refreshedSettings(until);
    if (refreshed === settings) throw error;
    return check(refreshed);
  }
}
