import type { ChannelName } from './ownid.js';

/** A route of `serverless.yml` that a path matches. */
export interface Route {
  readonly channel: ChannelName;
  /** With the path parameter in braces. */
  readonly resource: string;
  readonly app: string | undefined;
}

/** The route of a path, as API Gateway matches it: a trailing slash makes another path. */
export function matchRoute(path: string): Route | undefined {
  const [, channel, app] = /^\/(email|sms)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (channel !== 'email' && channel !== 'sms') return undefined;
  if (app === undefined) return { channel, resource: `/${channel}`, app };
  try {
    return { channel, resource: `/${channel}/{app}`, app: decodeURIComponent(app) };
  } catch {
    return undefined;
  }
}
