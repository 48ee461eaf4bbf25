/** Keys without a modifier, where nobody is typing: j, k and the arrows, Esc, / for the search. */
export function setUpKeys({ move, back, search }) {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    if (key === 'Escape') {
      back();
      return;
    }
    if (target.closest('input:not([type=radio]), textarea, select, [role=tab], pre')) return;
    const isRadio = target.matches('input');
    const action = {
      j: () => move(1),
      k: () => move(-1),
      ArrowDown: isRadio ? undefined : () => move(1),
      ArrowUp: isRadio ? undefined : () => move(-1),
      '/': search,
    }[key];
    // Elsewhere the arrows scroll.
    const isInList = target === document.body || target.closest('#list') !== null;
    if (action === undefined || (key.startsWith('Arrow') && !isInList)) return;
    event.preventDefault();
    action();
  });
}
