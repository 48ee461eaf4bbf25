import { announce } from './announce.js';
import { showBanner, showConnection } from './banner.js';
import { setUpClear } from './clear.js';
import { createDetail } from './detail.js';
import { copyButton, element, setText } from './dom.js';
import { isRefused, matches } from './entries.js';
import { NO_FILTERS, setUpFilters, showFilters } from './filters.js';
import { setUpKeys } from './keys.js';
import { createRow } from './list.js';
import { createReadMarks } from './marks.js';
import { setScenario, setUpForm, showRequests, showScenarios } from './play.js';
import { readRoute, routeHref } from './route.js';
import { follow } from './stream.js';
import { setUpTry } from './try.js';

const byId = (id) => document.getElementById(id);
const list = byId('entries');
const rows = new Map();
const readMarks = createReadMarks();
let info = { providers: [], scenarios: [] };
let detail;
/** An entry that was sent from here, and is shown as soon as it is there. */
let awaited;

const realServers = () =>
  new Map(info.providers.filter(({ real }) => real).map(({ name, real }) => [name, real]));

/** The rows that the filters let through, from top to bottom. */
const visibleRows = () =>
  [...list.children].filter((item) => !item.hidden).map((item) => rows.get(item.dataset.id));

function draw() {
  const route = readRoute();
  const entries = [...rows.values()].map(({ current }) => current());
  showFilters(entries, route);

  const selected = rows.get(route.entry);
  if (selected !== undefined) readMarks.mark(route.entry);
  for (const [id, row] of rows) {
    row.item.hidden = !matches(row.current(), route);
    row.mark({ isSelected: id === route.entry, isUnread: readMarks.isUnread(id) });
  }
  showDetail(selected?.current(), route.entry);
  document.body.dataset.view = selected ? 'entry' : route.entry === 'new' ? 'play' : 'list';
  showCounts(entries, visibleRows().length);
}

function showCounts(entries, shown) {
  const unread = entries.filter(({ id }) => readMarks.isUnread(id)).length;
  const refused = entries.filter(isRefused).length;
  document.title = `${unread > 0 ? `(${unread}) ` : ''}Inbox – OTP Relay`;
  const facts = [
    shown === entries.length ? `${entries.length}` : `${shown} of ${entries.length}`,
    unread > 0 && `${unread} unread`,
    refused > 0 && `${refused} refused`,
  ];
  setText(byId('count'), entries.length === 0 ? '' : facts.filter(Boolean).join(' · '));
  byId('empty').hidden = entries.length > 0;
  byId('tools').hidden = entries.length === 0;
  byId('clear').hidden = entries.length === 0;
  byId('nomatch').hidden = entries.length === 0 || shown > 0;
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
  go({ entry: id, ...(matches(rows.get(id).current(), readRoute()) ? {} : NO_FILTERS) });
}

function put(entry) {
  const row = rows.get(entry.id);
  if (row !== undefined) {
    row.update(entry);
  } else {
    const hrefOf = (id) => routeHref({ ...readRoute(), entry: id });
    const created = createRow(entry, { hrefOf, realServers });
    rows.set(entry.id, created);
    list.prepend(created.item);
  }
  if (awaited === entry.id) openAwaited();
}

function remove(id) {
  rows.get(id)?.item.remove();
  rows.delete(id);
}

const { send } = setUpForm(byId('form'), byId('result'), showSent);
const trial = setUpTry(byId('form'), byId('try'), byId('result'));
showRequests(byId('requests'), send);
setUpFilters((changes) => go(changes, { replace: true }));
setUpClear({ count: () => rows.size, onCleared: () => go({ entry: '' }, { replace: true }) });

list.addEventListener('click', (event) => {
  const item = event.target.closest('li');
  if (item === null || event.target.closest('button') || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  go({ entry: item.dataset.id });
});
byId('show-all').addEventListener('click', () => {
  go(NO_FILTERS);
  byId('search').focus();
});
byId('new').addEventListener('click', () => {
  go({ entry: 'new' });
  byId('to').focus();
});
byId('play-back').addEventListener('click', () => go({ entry: '' }));
byId('end-scenario').addEventListener('click', () => setScenario(null));
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

follow({
  draw,
  on: {
    connection: showConnection,
    info: (next) => {
      info = next;
      showBanner(info);
      trial.show(info.providers);
      showScenarios(byId('scenarios'), info.scenarios, info.active);
    },
    snapshot: (entries) => {
      for (const id of [...rows.keys()]) remove(id);
      readMarks.keep(entries.map(({ id }) => id));
      for (const entry of entries.toReversed()) put(entry);
    },
    entry: (entry) => {
      const isFresh = !rows.has(entry.id);
      put(entry);
      if (isFresh) rows.get(entry.id).item.classList.add('fresh');
      announce(entry);
    },
    removed: remove,
  },
});
