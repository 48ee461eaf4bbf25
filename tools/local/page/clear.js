import { postJson, setText } from './dom.js';

const byId = (id) => document.getElementById(id);

/**
 * Empties the inbox, which can be undone.
 *
 * @param options.count how many entries there are.
 * @param options.onCleared is called once they are gone.
 */
export function setUpClear({ count, onCleared }) {
  const hide = () => {
    byId('toast').hidden = true;
    byId('inbox').focus();
  };
  byId('clear').addEventListener('click', async () => {
    const cleared = count();
    await postJson('/clear', {}).catch(() => undefined);
    onCleared();
    setText(byId('toast-text'), `Cleared ${cleared === 1 ? 'one entry' : `${cleared} entries`}.`);
    byId('toast').hidden = false;
    byId('undo').focus();
  });
  byId('undo').addEventListener('click', () => {
    postJson('/restore', {}).catch(() => undefined);
    hide();
  });
  byId('dismiss').addEventListener('click', hide);
}
