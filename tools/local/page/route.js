/** The page's place is in the address, so that it can be shared, reloaded and gone back from. */
const DEFAULTS = { entry: '', text: '', show: 'all', app: '', provider: '' };

/** @returns `entry` (an id, `new` for the form, or empty) and the filters. */
export function readRoute() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, value]) => [name, parameters.get(name) ?? value]),
  );
}

export function routeHref(route) {
  const changed = Object.entries(route).filter(([name, value]) => value !== DEFAULTS[name]);
  return `#${new URLSearchParams(changed)}`;
}
