import type { Browser } from 'playwright-core';
import type { LocalRelay } from '../../tools/local/relay.js';
import type { createChecks } from './checks.js';

/** What every group of checks is given. */
export interface Context {
  readonly browser: Browser;
  readonly address: string;
  readonly relay: LocalRelay;
  /** A folder for pictures. */
  readonly pictures: string;
  readonly check: ReturnType<typeof createChecks>['check'];
}
