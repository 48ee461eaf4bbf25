const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const ADDRESS = new RegExp(`^(?=.{3,254}$)(?=[^@]{1,64}@)${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})+$`);

/** Whether a text is one mailbox of RFC 5321 (section 4.1.2, without quoted strings and address literals). */
export function isAddress(text: unknown): boolean {
  return typeof text === 'string' && ADDRESS.test(text);
}
