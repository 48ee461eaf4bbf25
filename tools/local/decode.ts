import PostalMime from 'postal-mime';

/** A message as its provider got it, for people: a form's fields, indented JSON, or a mail's parts decoded. */
export async function decodeRaw(raw: string): Promise<string> {
  if (raw.startsWith('{')) return indented(raw);
  if (/^Action=\w+&/.test(raw) || /&Action=\w+(?:&|$)/.test(raw)) return fields(raw);
  const { headers, text, html } = await PostalMime.parse(raw);
  const head = headers.map(({ originalKey, value }) => `${originalKey}: ${value}`).join('\n');
  const part = (name: string, content: string | undefined) =>
    content === undefined ? '' : `\n\n-- ${name} --\n${content.trimEnd()}`;
  return `${head}${part('text/plain', text)}${part('text/html', html)}`;
}

function fields(raw: string): string {
  return [...new URLSearchParams(raw)]
    .map(([name, value]) => (value.includes('\n') ? `${name}:\n${value}` : `${name}: ${value}`))
    .join('\n');
}

/** JSON in lines; anything else as it is. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
