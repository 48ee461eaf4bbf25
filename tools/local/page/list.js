import { copyButton, milliseconds, relativeTime, setText } from './dom.js';
import {
  channelLabel,
  codeOf,
  durationOf,
  providerLabel,
  providerOf,
  recipientOf,
  titleOf,
} from './entries.js';
import { labelOf, shortReasonOf, toneOf } from './explain.js';

const template = document.getElementById('row-template');

/**
 * One row of the inbox: its element, and a function that brings it up to date.
 *
 * @param options.hrefOf the link of an entry.
 */
export function createRow(entry, { hrefOf, realServers }) {
  const item = template.content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`[data-${name}]`);
  const link = item.querySelector('a');
  let current = entry;
  const copy = copyButton('Copy', () => codeOf(current) ?? '', { class: 'quiet small' });
  part('code-line').append(copy);
  item.dataset.id = entry.id;
  link.href = hrefOf(entry.id);

  const update = (next) => {
    current = next;
    const { channel, at, app, messages } = next;
    const code = codeOf(next);
    const reason = code === undefined ? shortReasonOf(next) : undefined;
    const provider = providerOf(next);
    const server = provider && realServers().get(provider);
    const recipient = recipientOf(next);
    item.dataset.channel = channel ?? 'none';
    item.dataset.tone = toneOf(next);
    part('code-line').hidden = code === undefined;
    setText(part('code'), code ?? '');
    copy.setAttribute('aria-label', `Copy code ${code ?? ''}`);
    part('reason').hidden = reason === undefined;
    setText(part('reason'), reason ?? '');
    setText(part('title'), titleOf(next));
    setText(part('channel'), `${channelLabel(next)}${recipient === undefined ? '' : ' to '}`);
    setText(part('to'), recipient ?? '');
    const facts = [
      app && `app ${app}`,
      provider && (server === undefined ? providerLabel(provider) : `REAL ${server}`),
      milliseconds(durationOf(next)),
      smsFact(messages[0]),
    ];
    setText(part('facts'), facts.filter(Boolean).join(' · '));
    part('twice').hidden = messages.length < 2;
    setText(part('twice'), messages.length === 2 ? 'delivered twice' : `delivered ${messages.length} times`);
    setText(part('pill'), labelOf(next));
    part('time').dateTime = new Date(at).toISOString();
    part('time').title = new Date(at).toLocaleString();
    tick(Date.now());
  };
  const tick = (now) => setText(part('time'), relativeTime(current.at, now));

  update(entry);
  return {
    item,
    link,
    update,
    tick,
    current: () => current,
    mark: ({ isSelected, isUnread }) => {
      item.classList.toggle('unread', isUnread);
      item.classList.toggle('selected', isSelected);
      part('unread').hidden = !isUnread;
      if (isSelected) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    },
  };
}

/** How a text message goes over the air, and what it is billed as. */
export function smsFact(message) {
  if (message?.segments === undefined) return undefined;
  const { encoding, segments } = message;
  return `${encoding}, ${segments === 1 ? '1 segment' : `${segments} segments: billed as ${segments} SMS`}`;
}
