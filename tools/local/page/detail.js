import { button, clock, copyButton, element, getJson, milliseconds, postJson, setText } from './dom.js';
import { channelLabel, codeOf, recipientOf, titleOf } from './entries.js';
import { adviceOf, explanationOf, labelOf, toneOf } from './explain.js';
import { smsFact } from './list.js';
import { messageView, textView } from './message.js';
import { timelineOf } from './timeline.js';

/**
 * One entry in full. Parts that did not change are left as they are, so that a preview and a selection survive.
 *
 * @param options.onBack goes back to the list, where it is not beside this.
 * @param options.onSent gets the ids of the entries that come of "Send again".
 */
export function createDetail(entry, { onBack, onSent }) {
  const code = element('bdi', { class: 'code' });
  const codeLine = element('p', { class: 'code-line' }, code);
  codeLine.append(copyButton('Copy code', () => code.textContent));
  const explanation = element('div', { class: 'explanation' }, element('p'), element('p', { class: 'todo' }));
  const title = element('bdi');
  const pill = element('span', { class: 'pill' });
  const facts = element('dl', { class: 'facts' });
  const result = element('p', { class: 'note', role: 'status' });
  const messages = element('div', { class: 'messages' });
  const timeline = element('ol');
  const request = element('details', { class: 'request' }, element('summary', {}, 'Request and answer'));
  const root = element(
    'div',
    { class: 'entry' },
    element('div', { class: 'actions' }, button('Back', onBack, { class: 'back' }), ...actionsOf()),
    result,
    explanation,
    codeLine,
    element('h2', {}, title, ' ', pill),
    facts,
    messages,
    element('section', { class: 'timeline' }, element('h3', {}, 'What happened'), timeline),
    request,
  );
  const shown = new Map();
  let current = entry;

  function actionsOf() {
    if (!entry.hasRequest || entry.channel === undefined) return [];
    const again = button('Send again', async () => {
      again.disabled = true;
      setText(result, '');
      try {
        onSent((await postJson('/again', { id: entry.id })).map(({ id }) => id));
      } catch (error) {
        setText(result, error.message);
      } finally {
        again.disabled = false;
      }
    });
    return [again, copyButton('Copy as curl', async () => (await getJson(`/requests/${entry.id}`)).command)];
  }

  request.addEventListener('toggle', () => {
    if (!request.open || request.childElementCount > 1) return;
    const view = element('div', {}, 'Loading …');
    request.append(view);
    getJson(`/requests/${entry.id}`).then(
      (details) => view.replaceChildren(...requestView(details)),
      () => setText(view, 'It could not be fetched.'),
    );
  });

  const update = (next) => {
    current = next;
    const found = codeOf(next);
    codeLine.hidden = found === undefined;
    setText(code, found ?? '');
    const [what, todo] = explanation.children;
    setText(what, explanationOf(next) ?? '');
    setText(todo, adviceOf(next) ?? '');
    explanation.hidden = what.textContent === '';
    explanation.dataset.tone = toneOf(next);
    setText(title, titleOf(next));
    setText(pill, labelOf(next));
    pill.dataset.tone = toneOf(next);
    const [message] = next.messages;
    const pairs = [
      [channelLabel(next), smsFact(message)],
      ['From', message?.from],
      ['To', recipientOf(next)],
      ['App', next.app],
      ['Time', `${new Date(next.at).toLocaleDateString()} ${clock(next.at)}`],
    ].filter(([, value]) => value !== undefined);
    facts.replaceChildren(
      ...pairs.flatMap(([name, value]) => [
        element('dt', {}, name),
        element('dd', {}, element('bdi', {}, value)),
      ]),
    );
    showMessages(next.messages);
    timeline.replaceChildren(
      ...timelineOf(next).map(({ afterMs, text, detail }) =>
        element(
          'li',
          {},
          element('span', { class: 'when' }, `+${milliseconds(afterMs)}`),
          element('span', {}, text, detail && element('span', { class: 'id' }, ` ${detail}`)),
        ),
      ),
    );
    request.hidden = !next.hasRequest;
  };

  const showMessages = (wanted) => {
    for (const [id, view] of shown) {
      if (wanted.some((message) => message.id === id)) continue;
      view.remove();
      shown.delete(id);
    }
    wanted.forEach((message, index) => {
      if (!shown.has(message.id)) {
        const view = element('section', {}, element('h3'), messageView(message));
        shown.set(message.id, view);
        messages.append(view);
      }
      const heading = shown.get(message.id).querySelector('h3');
      heading.hidden = wanted.length === 1;
      setText(heading, `Copy ${index + 1} of ${wanted.length}`);
    });
  };

  update(entry);
  return { root, update, current: () => current };
}

function requestView({ method, path, headers = [], body, status, answer }) {
  const lines = (pairs) => pairs.map(([name, value]) => `${name}: ${value}`).join('\n');
  const parts = [
    textView(`${method} ${path}\n${lines(headers)}`, 'Request line and headers'),
    textView(body === '' ? '(empty body)' : body, 'Body of the request'),
  ];
  if (status !== undefined) {
    const content = answer?.body ? `\n\n${answer.body}` : '\n\n(empty body)';
    parts.push(
      element('h3', {}, 'Answer'),
      textView(`${status}\n${lines(answer?.headers ?? [])}${content}`, 'Answer'),
    );
  }
  return parts;
}
