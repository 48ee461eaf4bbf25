import { EMAIL_SETTINGS } from './email-table.js';
import { integer, limit, oneOf, requiredHeader, sharedSecrets } from './formats.js';
import { optional, required, type Setting, withDefault } from './setting.js';
import { SMS_SETTINGS } from './sms-table.js';

/**
 * Every setting by name; the bundle of a channel's function leaves out those of the other channel. `required` holds
 * only for a function or provider that uses the setting; `docs/settings.md` says what each is for.
 */
export const SETTINGS = {
  OWNID_SHARED_SECRET: required(sharedSecrets),
  OWNID_EMAIL_SHARED_SECRET: optional(sharedSecrets),
  OWNID_SMS_SHARED_SECRET: optional(sharedSecrets),
  WEBHOOK_HEADER: optional(requiredHeader),
  TIME_BUDGET_MS: withDefault(integer(1500, 14_000), 2500),
  STATE_TIMEOUT_MS: withDefault(integer(50, 10_000), 800),
  OTP_TTL_SECONDS: withDefault(integer(60, 600), 300),
  RECIPIENT_LIMIT: withDefault(limit, 5),
  RECIPIENT_WINDOW_SECONDS: withDefault(integer(10, 86_400), 600),
  DRY_RUN: withDefault(oneOf(['allowed', 'refused']), 'refused'),

  ...EMAIL_SETTINGS,
  ...SMS_SETTINGS,
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
