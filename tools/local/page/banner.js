import { element, setText } from './dom.js';

const byId = (id) => document.getElementById(id);

/** What is real and what is played, and the scenario that is under way. */
export function showBanner({ providers, scenarios, active: activeId, command }) {
  for (const code of document.querySelectorAll('[data-command]')) setText(code, command);
  const played = providers.filter(({ real }) => real === undefined).map(({ label }) => label);
  const real = providers.filter((provider) => provider.real !== undefined);
  byId('where').replaceChildren(
    ...real.map(({ label, real: server }) => element('span', { class: 'real' }, `${label} REAL ${server}`)),
    ...(played.length === 0 ? [] : [element('span', {}, `${played.join(', ')} played here`)]),
  );
  const active = scenarios.find(({ id }) => id === activeId);
  byId('active').hidden = active === undefined;
  setText(byId('active-title'), active === undefined ? '' : `Scenario: ${active.title}`);
}

export function showConnection(state, text) {
  byId('connection').dataset.state = state;
  setText(byId('connection'), text);
}
