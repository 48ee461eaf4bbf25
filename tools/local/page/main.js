import { copyButton, element, postJson, setText } from './dom.js';
import { createDetail } from './detail.js';
import { channelLabel, codeOf, isRefused, matches, providerLabel, providerOf, titleOf } from './entries.js';
import { labelOf } from './explain.js';
import { setUpKeys } from './keys.js';
import { createRow } from './list.js';
import { setScenario, setUpForm, showRequests, showScenarios } from './play.js';
import { createReadMarks } from './marks.js';
import { readRoute, routeHref } from './route.js';
import { setUpTry } from './try.js';

const byId = (id) => document.getElementById(id);
const list = byId('entries');
const rows = new Map();
const announced = new Set();
const readMarks = createReadMarks();
let info = { providers: [], scenarios: [] };
let detail;
/** An entry that was sent from here, and is shown as soon as it is there. */
let awaited;

const realServers = () =>
  new Map(info.providers.filter(({ real }) => real).map(({ name, real }) => [name, real]));

// Many changes may come at once: they are drawn together, once a frame.
let pending = [];

function change(apply) {
  if (pending.length === 0) requestAnimationFrame(flush);
  pending.push(apply);
}

function flush() {
  const changes = pending;
  pending = [];
  for (const apply of changes) apply();
  draw();
}

/** The rows that the filters let through, from top to bottom. */
const visibleRows = () =>
  [...list.children].filter((item) => !item.hidden).map((item) => rows.get(item.dataset.id));

function draw() {
  const route = readRoute();
  const entries = [...rows.values()].map(({ current }) => current());
  offer(
    'app',
    'All apps',
    entries.map(({ app, channel }) => (channel ? (app ?? 'default') : undefined)),
    (name) => name,
  );
  offer('provider', 'All providers', entries.map(providerOf), providerLabel);
  syncFilters(route);

  const selected = rows.get(route.entry);
  if (selected !== undefined) readMarks.mark(route.entry);
  for (const [id, row] of rows) {
    row.item.hidden = !matches(row.current(), route);
    row.mark({ isSelected: id === route.entry, isUnread: readMarks.isUnread(id) });
  }
  showDetail(selected?.current(), route.entry);
  document.body.dataset.view = selected ? 'entry' : route.entry === 'new' ? 'play' : 'list';

  const unread = entries.filter(({ id }) => readMarks.isUnread(id)).length;
  const refused = entries.filter(isRefused).length;
  const shown = visibleRows().length;
  document.title = `${unread > 0 ? `(${unread}) ` : ''}Inbox – OTP Relay`;
  const facts = [
    shown === entries.length ? `${entries.length}` : `${shown} of ${entries.length}`,
    unread > 0 && `${unread} unread`,
    refused > 0 && `${refused} refused`,
  ];
  setText(byId('count'), entries.length === 0 ? '' : facts.filter(Boolean).join(' · '));
  byId('empty').hidden = rows.size > 0;
  byId('tools').hidden = rows.size === 0;
  byId('clear').hidden = rows.size === 0;
  byId('nomatch').hidden = rows.size === 0 || shown > 0;
}

function showDetail(entry, wanted) {
  const place = byId('detail');
  if (entry === undefined) {
    detail = undefined;
    const isGone = wanted !== '' && wanted !== 'new' && awaited === undefined;
    const text = isGone ? 'This message is no longer in the inbox.' : 'Choose a message to read it here.';
    place.replaceChildren(element('p', { class: 'nothing' }, text));
  } else if (detail?.current().id === entry.id) {
    if (detail.current() !== entry) detail.update(entry);
  } else {
    detail = createDetail(entry, { onBack: () => go({ entry: '' }), onSent: showSent });
    place.replaceChildren(detail.root);
    place.scrollTop = 0;
  }
}

/** Goes to another place of the page; the browser's own buttons lead back. */
function go(changes, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](undefined, '', routeHref({ ...readRoute(), ...changes }));
  draw();
}

function showSent(ids) {
  [awaited] = ids.slice(-1);
  if (rows.has(awaited)) openAwaited();
}

function openAwaited() {
  const id = awaited;
  awaited = undefined;
  go({
    entry: id,
    ...(matches(rows.get(id).current(), readRoute()) ? {} : { text: '', show: 'all', app: '', provider: '' }),
  });
}

/** Offers a filter only where there is a choice. */
function offer(id, all, values, label) {
  const names = [...new Set(values.filter(Boolean))].sort();
  const select = byId(id);
  const wanted = ['', ...names].join();
  select.hidden = names.length < 2;
  if (select.dataset.options === wanted) return;
  select.dataset.options = wanted;
  const options = names.map((name) => element('option', { value: name }, label(name)));
  select.replaceChildren(element('option', { value: '' }, all), ...options);
}

function syncFilters({ text, show, app, provider }) {
  if (document.activeElement !== byId('search')) byId('search').value = text;
  for (const radio of document.querySelectorAll('[name=show]')) radio.checked = radio.value === show;
  byId('app').value = app;
  byId('provider').value = provider;
}

function put(entry, { isFresh }) {
  const row = rows.get(entry.id);
  if (row !== undefined) {
    row.update(entry);
  } else {
    const created = createRow(entry, {
      hrefOf: (id) => routeHref({ ...readRoute(), entry: id }),
      realServers,
    });
    created.item.dataset.id = entry.id;
    created.item.classList.toggle('fresh', isFresh);
    rows.set(entry.id, created);
    list.prepend(created.item);
  }
  if (awaited === entry.id) openAwaited();
  if (isFresh) announce(entry);
}

function remove(id) {
  rows.get(id)?.item.remove();
  rows.delete(id);
}

function announce(entry) {
  const isEnd =
    !entry.hasRequest || (entry.status !== undefined && (entry.outcome ?? entry.channel) !== undefined);
  if (!isEnd || announced.has(entry.id)) return;
  announced.add(entry.id);
  const code = codeOf(entry);
  byId('announcement').textContent =
    `${channelLabel(entry)}: ${titleOf(entry)}, ${labelOf(entry)}${code === undefined ? '' : `, code ${[...code].join(' ')}`}`;
}

function showInfo(next) {
  info = next;
  for (const code of document.querySelectorAll('[data-command]')) setText(code, info.command);
  const played = info.providers.filter(({ real }) => real === undefined).map(({ label }) => label);
  const real = info.providers.filter((provider) => provider.real !== undefined);
  byId('where').replaceChildren(
    ...real.map(({ label, real: server }) => element('span', { class: 'real' }, `${label} REAL ${server}`)),
    ...(played.length === 0 ? [] : [element('span', {}, `${played.join(', ')} played here`)]),
  );
  trial.show(info.providers);
  showScenarios(byId('scenarios'), info.scenarios, info.active);
  const active = info.scenarios.find(({ id }) => id === info.active);
  byId('active').hidden = active === undefined;
  setText(byId('active-title'), active === undefined ? '' : `Scenario: ${active.title}`);
}

function showConnection(state, text) {
  byId('connection').dataset.state = state;
  setText(byId('connection'), text);
}

function connect() {
  const events = new EventSource('/events');
  const on = (name, handle) => events.addEventListener(name, ({ data }) => handle(JSON.parse(data)));

  on('snapshot', ({ entries, info: next }) => {
    showConnection('live', 'Live');
    showInfo(next);
    change(() => {
      for (const id of [...rows.keys()]) remove(id);
      readMarks.keep(entries.map(({ id }) => id));
      for (const entry of entries.toReversed()) put(entry, { isFresh: false });
    });
  });
  on('info', showInfo);
  on('entry', (entry) => change(() => put(entry, { isFresh: true })));
  on('removed', (id) => change(() => remove(id)));
  // The browser tries again by itself.
  events.addEventListener('error', () => showConnection('lost', 'The relay has stopped'));
}

const { send } = setUpForm(byId('form'), byId('result'), showSent);
const trial = setUpTry(byId('form'), byId('try'), byId('result'));
showRequests(byId('requests'), send);

list.addEventListener('click', (event) => {
  const item = event.target.closest('li');
  if (item === null || event.target.closest('button') || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  go({ entry: item.dataset.id });
});
byId('search').addEventListener('input', ({ target }) => go({ text: target.value }, { replace: true }));
byId('filters').addEventListener('change', ({ target }) =>
  go({ [target.name]: target.value }, { replace: true }),
);
byId('show-all').addEventListener('click', () => {
  go({ text: '', show: 'all', app: '', provider: '' });
  byId('search').focus();
});
byId('new').addEventListener('click', () => {
  go({ entry: 'new' });
  byId('to').focus();
});
byId('play-back').addEventListener('click', () => go({ entry: '' }));
byId('end-scenario').addEventListener('click', () => setScenario(null));
byId('clear').addEventListener('click', async () => {
  const count = rows.size;
  await postJson('/clear', {}).catch(() => undefined);
  go({ entry: '' }, { replace: true });
  setText(byId('toast-text'), `Cleared ${count === 1 ? 'one entry' : `${count} entries`}.`);
  byId('toast').hidden = false;
  byId('undo').focus();
});
byId('undo').addEventListener('click', () => {
  byId('toast').hidden = true;
  postJson('/restore', {}).catch(() => undefined);
  byId('inbox').focus();
});
byId('dismiss').addEventListener('click', () => {
  byId('toast').hidden = true;
  byId('inbox').focus();
});
for (const place of document.querySelectorAll('[data-copy]')) {
  place.append(copyButton('Copy', () => info.command, { class: 'small' }));
}

setUpKeys({
  move: (step) => {
    const shown = visibleRows();
    const at = shown.findIndex(({ item }) => item.dataset.id === readRoute().entry);
    const next = shown[Math.min(Math.max(at + step, 0), shown.length - 1)];
    if (next === undefined) return;
    go({ entry: next.item.dataset.id }, { replace: at >= 0 });
    if (next.link.checkVisibility()) next.link.focus();
    next.item.scrollIntoView({ block: 'nearest' });
  },
  back: () => {
    const { entry, text } = readRoute();
    if (entry !== '') {
      go({ entry: '' });
      rows.get(entry)?.link.focus();
    } else if (text !== '') {
      byId('search').value = '';
      go({ text: '' }, { replace: true });
    }
  },
  search: () => byId('search').focus(),
});
addEventListener('popstate', draw);
addEventListener('storage', () => {
  readMarks.load();
  draw();
});
setInterval(() => {
  for (const row of rows.values()) row.tick(Date.now());
}, 15_000);

connect();
