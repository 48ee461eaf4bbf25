import type { Get } from '../settings/settings.js';
import { encodeDisplayName } from './display-name.js';

/** Who an email comes from, the same for every provider. */
export interface Sender {
  readonly from: string;
  readonly name: string | undefined;
  readonly replyTo: string | undefined;
}

export function senderSettings(get: Get): Sender {
  return { from: get('EMAIL_FROM'), name: get('EMAIL_FROM_NAME'), replyTo: get('EMAIL_REPLY_TO') };
}

/** A sender for a mail header: the address, after the display name if there is one. */
export function formatSender({ from, name }: Sender): string {
  return name === undefined ? from : `${encodeDisplayName(name)} <${from}>`;
}
