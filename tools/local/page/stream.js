/**
 * Follows the inbox.
 *
 * @param options.draw is called after changes, of which many may come at once.
 * @param options.on what to do on a `snapshot`, `info`, `entry` and `removed`; `connection` gets a state and a text.
 */
export function follow({ draw, on }) {
  let pending = [];
  // Drawn together, once a frame.
  const change = (apply) => {
    if (pending.length === 0) {
      requestAnimationFrame(() => {
        const changes = pending;
        pending = [];
        for (const run of changes) run();
        draw();
      });
    }
    pending.push(apply);
  };
  const events = new EventSource('/events');
  const listen = (name, handle) => {
    events.addEventListener(name, ({ data }) => handle(JSON.parse(data)));
  };
  listen('snapshot', ({ entries, info }) => {
    on.connection('live', 'Live');
    on.info(info);
    change(() => on.snapshot(entries));
  });
  listen('info', on.info);
  listen('entry', (entry) => change(() => on.entry(entry)));
  listen('removed', (id) => change(() => on.removed(id)));
  // The browser tries again by itself.
  events.addEventListener('error', () => on.connection('lost', 'The relay has stopped'));
}
