/** Makes an element. Children that are strings become text, never markup. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

/** Sets text only where it changed, so that a screen reader and a selection are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function button(text, onClick, attributes = {}) {
  const node = element('button', { type: 'button', ...attributes }, text);
  node.addEventListener('click', onClick);
  return node;
}

/** A button that copies what `read` gives, or resolves to, and says so. */
export function copyButton(text, read, attributes = {}) {
  const node = button(
    text,
    async (event) => {
      event.stopPropagation();
      try {
        await navigator.clipboard.writeText(await read());
        setText(node, 'Copied');
      } catch {
        setText(node, 'Not copied');
      }
      setTimeout(() => setText(node, text), 2000);
    },
    attributes,
  );
  return node;
}

export function milliseconds(value) {
  if (value === undefined) return '';
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function clock(time) {
  return new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** `just now`, `5 min ago`, `3 h ago`, then the day. */
export function relativeTime(time, now) {
  const minutes = Math.floor((now - time) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return new Date(time).toLocaleDateString([], { day: 'numeric', month: 'short' });
}

let ids = 0;

/**
 * Tabs as the WAI-ARIA authoring practices have them: arrow keys, Home and End move between them. A panel's content is
 * made when it is first shown.
 *
 * @param entries names, and functions that make the content.
 */
export function tabs(label, entries) {
  const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': label });
  const root = element('div', {}, list);
  const made = entries.map(([name, makeContent]) => {
    const id = `tab-${++ids}`;
    const tab = element('button', { type: 'button', role: 'tab', id, 'aria-controls': `${id}-panel` }, name);
    const panel = element('div', {
      class: 'tab-panel',
      role: 'tabpanel',
      id: `${id}-panel`,
      'aria-labelledby': id,
    });
    list.append(tab);
    root.append(panel);
    return { tab, panel, makeContent };
  });

  const select = (index) => {
    made.forEach(({ tab, panel, makeContent }, at) => {
      const isSelected = at === index;
      tab.setAttribute('aria-selected', String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
      panel.hidden = !isSelected;
      if (isSelected && panel.childElementCount === 0) panel.append(makeContent());
    });
  };
  made.forEach(({ tab }, index) => {
    tab.addEventListener('click', () => select(index));
    tab.addEventListener('keydown', (event) => {
      const last = made.length - 1;
      const to = {
        ArrowRight: index === last ? 0 : index + 1,
        ArrowLeft: index === 0 ? last : index - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select(to);
      made[to].tab.focus();
    });
  });
  select(0);
  return root;
}

export async function postJson(path, value) {
  let response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
  } catch {
    throw new Error('The relay does not answer. Is npm start still running?');
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer.answers;
}

export async function getJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
