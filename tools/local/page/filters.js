import { element } from './dom.js';
import { providerLabel, providerOf } from './entries.js';

export const NO_FILTERS = { text: '', show: 'all', app: '', provider: '' };

const byId = (id) => document.getElementById(id);

/** @param go takes the filters that a person changed. */
export function setUpFilters(go) {
  byId('search').addEventListener('input', ({ target }) => go({ text: target.value }));
  byId('filters').addEventListener('change', ({ target }) => go({ [target.name]: target.value }));
}

/** Shows which filters hold, and offers those of which there is a choice. */
export function showFilters(entries, { text, show, app, provider }) {
  const apps = entries.map((entry) => (entry.channel ? (entry.app ?? 'default') : undefined));
  offer('app', 'All apps', apps, (name) => name);
  offer('provider', 'All providers', entries.map(providerOf), providerLabel);
  if (document.activeElement !== byId('search')) byId('search').value = text;
  for (const radio of document.querySelectorAll('[name=show]')) radio.checked = radio.value === show;
  byId('app').value = app;
  byId('provider').value = provider;
}

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
