import { clock, element, milliseconds, setText, tabs } from './dom.js';
import { explanationOf, labelOf, toneOf } from './explain.js';

const template = document.getElementById('entry-template');

/** One row of the inbox: its element, and a function that brings it up to date. */
export function createEntry(entry) {
  const item = template.content.firstElementChild.cloneNode(true);
  const details = item.querySelector('details');
  const part = (name) => item.querySelector(`[data-${name}]`);
  const messages = part('messages');
  const shown = new Map();
  let current = entry;

  const renderMessages = () => {
    const { messages: wanted, request } = current;
    const views = wanted.map((message) => ({
      id: message.id,
      make: () => (message.channel === 'email' ? emailView(message, current) : smsView(message, current)),
    }));
    if (wanted.length === 0 && request !== undefined) {
      views.push({ id: 'request', make: () => requestView(current) });
    }
    for (const [id, view] of shown) {
      if (views.some((candidate) => candidate.id === id)) continue;
      view.remove();
      shown.delete(id);
    }
    views.forEach(({ id, make }, index) => {
      if (!shown.has(id)) {
        const view = element('section', {}, element('h4'), make());
        shown.set(id, view);
        messages.append(view);
      }
      const heading = shown.get(id).querySelector('h4');
      heading.hidden = views.length === 1;
      setText(heading, `Copy ${index + 1} of ${views.length}`);
    });
  };

  const renderContent = () => {
    const explanation = explanationOf(current);
    part('explanation').hidden = explanation === undefined;
    part('explanation').dataset.tone = toneOf(current);
    setText(part('explanation'), explanation ?? '');

    renderMessages();
    part('story').replaceChildren(...storyView(current));
  };
  details.addEventListener('toggle', () => {
    if (details.open) renderContent();
  });

  const update = (next) => {
    current = next;
    const [message] = next.messages;
    const { channel, at, app } = next;
    details.dataset.channelName = channel;
    setText(part('title'), titleOf(next));
    setText(part('channel'), channel === 'email' ? 'Email' : 'SMS');
    setText(part('to'), message?.to ?? next.claimed?.to ?? 'unknown recipient');
    const provider =
      next.steps.findLast((step) => step.provider !== undefined)?.provider ?? message?.provider;
    setText(
      part('meta'),
      [app && `app ${app}`, provider, milliseconds(next.latencyMs)].filter(Boolean).join(' · '),
    );
    setText(part('pill'), labelOf(next));
    part('pill').dataset.tone = next.request === undefined ? 'good' : toneOf(next);
    setText(part('time'), clock(at));
    part('time').dateTime = new Date(at).toISOString();
    if (details.open) renderContent();
  };

  update(entry);
  return {
    item,
    update,
    open: () => {
      details.open = true;
      // The toggle event comes later, and a row is never to be seen open and empty.
      renderContent();
    },
    current: () => current,
  };
}

export function titleOf({ channel, messages: [message], claimed }) {
  if (channel === 'email') return message?.subject ?? claimed?.subject ?? '(no subject)';
  return message?.text ?? claimed?.text ?? '(no text)';
}

function emailView(message, entry) {
  const { from, to, subject } = message;
  return tabs(`Email to ${to}`, [
    ...(message.hasHtml
      ? [
          [
            'Message',
            () =>
              element(
                'div',
                {},
                facts([
                  ['From', from],
                  ['To', to],
                  ['Subject', subject],
                ]),
                element('div', { class: 'frame' }, messageFrame(message)),
              ),
          ],
        ]
      : []),
    ['Text', () => textView(message.text ?? 'This message has no text part.', 'Text part')],
    ['Raw', () => rawView(message)],
    ...(entry.request === undefined ? [] : [['Request', () => requestView(entry)]]),
  ]);
}

/** The message as its own document, which may neither run nor load anything nor leave its frame. */
function messageFrame({ id, to }) {
  return element('iframe', {
    sandbox: '',
    src: `/messages/${id}/html`,
    title: `Email to ${to} as it looks to its recipient`,
    referrerpolicy: 'no-referrer',
  });
}

function smsView(message, entry) {
  const { to, text = '', encoding, segments, units } = message;
  const air = [
    encoding,
    `${segments} ${segments === 1 ? 'segment' : 'segments'}`,
    `${units} ${encoding === 'GSM-7' ? 'septets' : 'code units'}`,
  ];
  return tabs(`SMS to ${to}`, [
    [
      'Message',
      () =>
        element(
          'div',
          {},
          element('p', { class: 'bubble', dir: 'auto' }, text),
          element(
            'ul',
            { class: 'air', 'aria-label': 'Over the air' },
            ...air.map((fact) => element('li', {}, fact)),
          ),
        ),
    ],
    ['Raw', () => rawView(message)],
    ...(entry.request === undefined ? [] : [['Request', () => requestView(entry)]]),
  ]);
}

function rawView({ id }) {
  const view = textView('Loading …', 'As it came over the wire');
  fetch(`/messages/${id}`)
    .then((response) => response.json())
    .then(
      ({ raw }) => setText(view, raw),
      () => setText(view, 'It could not be fetched.'),
    );
  return view;
}

function requestView({ request }) {
  return textView(request === '' ? '(empty body)' : request, 'Body of the request');
}

function textView(text, label) {
  return element('pre', { class: 'text', tabindex: '0', 'aria-label': label, dir: 'auto' }, text);
}

function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== undefined);
  return element(
    'dl',
    { class: 'facts' },
    ...known.flatMap(([name, value]) => [
      element('dt', {}, name),
      element('dd', {}, element('bdi', {}, value)),
    ]),
  );
}

/** What became of the request, attempt by attempt. */
function storyView({ steps }) {
  if (steps.length === 0) return [];
  const items = steps.map((step) => {
    const { at, attempt, outcome, reason, provider, messageId, failures = [], deliveryMs } = step;
    const who = attempt === undefined ? 'Webhook' : `Queue, attempt ${attempt}`;
    const facts = [
      reason,
      provider && `${provider}${deliveryMs === undefined ? '' : ` in ${milliseconds(deliveryMs)}`}`,
      messageId,
      ...failures,
    ].filter(Boolean);
    return element(
      'li',
      {},
      element('span', { class: 'when' }, clock(at)),
      element('span', {}, who),
      element('strong', {}, (outcome ?? '').replaceAll('_', ' ')),
      element('span', { class: 'when' }, facts.join(' · ')),
    );
  });
  return [
    element(
      'div',
      { class: 'story' },
      element('h4', {}, 'What the functions logged'),
      element('ol', {}, ...items),
    ),
  ];
}
