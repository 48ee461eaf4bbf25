import type { Resolver } from 'node:dns/promises';
import type { StageContext } from '../stage/context.js';

/** Asks for a name's texts, as Node's resolver does. */
export type Dns = Pick<Resolver, 'resolveTxt'>;

/** One line of the report. `fail` means that passcodes do not arrive, or will soon not; `none` that nobody could look. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail' | 'none';
  readonly text: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** Looks at one thing. What it throws is reported as a check that was not made. */
export interface Check {
  readonly title: string;
  readonly run: (context: DoctorContext) => Promise<readonly Finding[]>;
}

export interface DoctorContext extends StageContext {
  /** Where the webhooks are, without a slash at the end; undefined for the stack's own endpoint. */
  readonly endpoint: string | undefined;
  /** A phone number, in E.164, of which to ask whether it opted out. */
  readonly phoneNumber: string | undefined;
  readonly dns: Dns;
}

export const ok = (text: string): Finding => ({ level: 'ok', text });
export const warn = (text: string, todo: string): Finding => ({ level: 'warn', text, todo });
export const fail = (text: string, todo: string): Finding => ({ level: 'fail', text, todo });
