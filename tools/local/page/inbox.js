import { setText } from './dom.js';
import { createEntry, titleOf } from './entry.js';
import { labelOf } from './explain.js';
import { postJson, setUpForm, showProviders } from './form.js';

const byId = (id) => document.getElementById(id);
const list = byId('entries');
const rows = new Map();
const toOpen = new Set();
const announced = new Set();

// Many changes may come at once: they are drawn together, once a frame.
let pending = [];

function change(apply) {
  if (pending.length === 0) requestAnimationFrame(draw);
  pending.push(apply);
}

function draw() {
  const changes = pending;
  pending = [];
  for (const apply of changes) apply();
  const entries = [...rows.values()].map(({ current }) => current());
  const refused = entries.filter(({ status }) => status >= 400).length;
  const messages = entries.reduce((sum, entry) => sum + entry.messages.length, 0);
  setText(
    byId('count'),
    entries.length === 0 ? '' : `${messages} ${messages === 1 ? 'message' : 'messages'}, ${refused} refused`,
  );
  byId('empty').hidden = rows.size > 0;
  byId('clear').hidden = rows.size === 0;
}

function put(entry, { isFresh }) {
  const row = rows.get(entry.id);
  if (row !== undefined) {
    row.update(entry);
  } else {
    const created = createEntry(entry);
    created.item.classList.toggle('fresh', isFresh);
    rows.set(entry.id, created);
    list.prepend(created.item);
  }
  if (toOpen.delete(entry.id)) rows.get(entry.id).open();
  if (isFresh) announce(entry);
}

function remove(id) {
  rows.get(id)?.item.remove();
  rows.delete(id);
}

function announce(entry) {
  const isEnd = entry.request === undefined || (entry.status !== undefined && entry.outcome !== undefined);
  if (!isEnd || announced.has(entry.id)) return;
  announced.add(entry.id);
  byId('announcement').textContent =
    `${entry.channel === 'email' ? 'Email' : 'SMS'}: ${titleOf(entry)}, ${labelOf(entry)}`;
}

function showConnection(state, text) {
  byId('connection').dataset.state = state;
  setText(byId('connection'), text);
}

function connect() {
  const events = new EventSource('/events');
  const on = (name, handle) => events.addEventListener(name, ({ data }) => handle(JSON.parse(data)));

  on('snapshot', ({ entries, info }) => {
    showConnection('live', 'Live');
    for (const code of document.querySelectorAll('[data-command]')) setText(code, info.command);
    showProviders(byId('provider-list'), byId('provider-template'), info.providers);
    change(() => {
      const known = new Set(entries.map(({ id }) => id));
      for (const id of rows.keys()) if (!known.has(id)) remove(id);
      for (const entry of entries.toReversed()) put(entry, { isFresh: false });
    });
  });
  on('entry', (entry) => change(() => put(entry, { isFresh: true })));
  on('removed', (id) => change(() => remove(id)));
  // The browser tries again by itself.
  events.addEventListener('error', () => showConnection('lost', 'The relay has stopped'));
}

setUpForm(byId('form'), byId('result'), (ids) => {
  change(() => {
    for (const id of ids) {
      if (rows.has(id)) rows.get(id).open();
      else toOpen.add(id);
    }
  });
});

byId('clear').addEventListener('click', () => {
  postJson('/clear', {}).catch(() => undefined);
  byId('inbox').focus();
});

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const code = button.parentElement.querySelector('code');
    try {
      await navigator.clipboard.writeText(code.textContent);
      setText(button, 'Copied');
    } catch {
      getSelection().selectAllChildren(code);
      setText(button, 'Selected');
    }
    setTimeout(() => setText(button, 'Copy'), 2000);
  });
}

// On a phone the inbox comes first.
if (matchMedia('(max-width: 900px)').matches) byId('play').open = false;

connect();
