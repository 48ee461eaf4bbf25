import type { Format } from './formats.js';

/** How a setting's text is read, and its value if it is not set. */
export interface Setting<T> {
  readonly format: Format<T>;
  readonly whenUnset: (() => T) | 'required';
}

export const required = <T>(format: Format<T>): Setting<T> => ({ format, whenUnset: 'required' });
export const optional = <T>(format: Format<T>): Setting<T | undefined> => ({
  format,
  whenUnset: () => undefined,
});
export const withDefault = <T>(format: Format<T>, value: NoInfer<T>): Setting<T> => ({
  format,
  whenUnset: () => value,
});
