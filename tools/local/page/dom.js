/** Makes an element. Children that are strings become text, never markup. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Sets text only where it changed, so that a screen reader and a selection are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function milliseconds(value) {
  if (value === undefined) return '';
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function clock(time) {
  return new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

let ids = 0;

/**
 * Tabs as the WAI-ARIA authoring practices have them: arrow keys, Home and End move between them. A panel's content is
 * made when it is first shown.
 *
 * @param tabs names, and functions that make the content.
 */
export function tabs(label, entries) {
  const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': label });
  const root = element('div', {}, list);
  const made = entries.map(([name, makeContent]) => {
    const id = `tab-${++ids}`;
    const button = element(
      'button',
      { type: 'button', role: 'tab', id, 'aria-controls': `${id}-panel` },
      name,
    );
    const panel = element('div', {
      class: 'tab-panel',
      role: 'tabpanel',
      id: `${id}-panel`,
      'aria-labelledby': id,
    });
    list.append(button);
    root.append(panel);
    return { button, panel, makeContent };
  });

  const select = (index) => {
    made.forEach(({ button, panel, makeContent }, at) => {
      const isSelected = at === index;
      button.setAttribute('aria-selected', String(isSelected));
      button.tabIndex = isSelected ? 0 : -1;
      panel.hidden = !isSelected;
      if (isSelected && panel.childElementCount === 0) panel.append(makeContent());
    });
  };
  made.forEach(({ button }, index) => {
    button.addEventListener('click', () => select(index));
    button.addEventListener('keydown', ({ key }) => {
      const last = made.length - 1;
      const to = {
        ArrowRight: index === last ? 0 : index + 1,
        ArrowLeft: index === 0 ? last : index - 1,
        Home: 0,
        End: last,
      }[key];
      if (to === undefined) return;
      select(to);
      made[to].button.focus();
    });
  });
  select(0);
  return root;
}
