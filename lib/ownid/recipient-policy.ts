import { Refusal } from '../errors.js';

/**
 * Allows messages to listed recipients only, or all messages without a list. Meant for test stages.
 *
 * The function it returns throws {@link Refusal} `recipient_not_allowed`.
 *
 * @param names the entries of the list that would allow a message.
 */
export function permitRecipients<M>(
  allowed: readonly string[] | undefined,
  names: (message: M) => readonly string[],
): (message: M) => void {
  const list = new Set(allowed);
  return (message) => {
    if (allowed === undefined || names(message).some((name) => list.has(name))) return;
    throw new Refusal('recipient_not_allowed', 'recipient_not_allowed');
  };
}
