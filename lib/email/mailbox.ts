const GMAIL = new Set(['gmail.com', 'googlemail.com']);

/**
 * The mailbox that an address stands for, so that its aliases count as one recipient: without a `+suffix`, which most
 * servers ignore, and at Gmail without full stops (Google Account help, "Dots don't matter in Gmail addresses").
 * Messages go to the address as it was given.
 */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  const [name = ''] = address.slice(0, at).toLowerCase().split('+', 1);
  const isGmail = GMAIL.has(domain);
  // An address that begins with `+` has no name apart from its suffix.
  const mailbox =
    name === '' ? address.slice(0, at).toLowerCase() : isGmail ? name.replaceAll('.', '') : name;
  return `${mailbox}@${isGmail ? 'gmail.com' : domain}`;
}
