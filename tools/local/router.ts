import type { IncomingMessage, ServerResponse } from 'node:http';
import { matchRoute } from '../ownid/routes.js';
import { ownHosts } from '../http.js';
import type { Deployment } from './deployment.js';
import { passThrough, writeNotFound } from './gateway.js';
import { type InboxServerOptions, serveInbox } from './inbox-server.js';

/** What the one port leads to. */
export interface Destinations {
  readonly webhooks: Deployment['webhooks'];
  readonly page: InboxServerOptions;
}

/**
 * Makes the listener of the one port: webhooks go through the gateway, the rest is the page's.
 *
 * @param started requests wait for it.
 */
export function createRouter(
  started: Promise<Destinations>,
  onError: (error: unknown) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { webhooks, page } = await started;
    const [path = '/'] = (request.url ?? '').split('?');
    const route = request.method === 'POST' ? matchRoute(path) : undefined;
    if (isForeign(request)) {
      response.writeHead(403).end('Pages of other sites have no business here.\n');
    } else if (route === undefined && (await serveInbox(request, response, path, page))) {
      return;
    } else if (route !== undefined || isMeantForWebhook(request, path)) {
      await passThrough(request, response, route, { webhooks, observer: page.inbox });
    } else {
      writeNotFound(response);
    }
  };

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      onError(error);
      response.destroy();
    });
  };
}

/** Whether a request looks like OwnID's with a wrong path or method, and not like a browser's for an icon. */
function isMeantForWebhook({ method, headers }: IncomingMessage, path: string): boolean {
  return method === 'POST' || headers['ownid-signature'] !== undefined || /\b(?:email|sms)\b/i.test(path);
}

/**
 * Whether a page of another site sends this. A browser lets it reach 127.0.0.1, directly or by a name of the site's
 * own that resolves to it, and names the site in `origin`.
 */
function isForeign({ headers, socket }: IncomingMessage): boolean {
  const { origin } = headers;
  return origin !== undefined && !ownHosts(socket.localPort).some((host) => origin === `http://${host}`);
}
