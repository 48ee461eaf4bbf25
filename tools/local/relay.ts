import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../lib/settings/settings.js';
import { closeServer, listen } from '../http.js';
import { readStageFile, signingSecret, withOverrides } from '../stage/stage.js';
import { createBehaviours } from './behaviours.js';
import { signedPostCommand } from './command.js';
import { startDeployment } from './deployment.js';
import { formRequests, post, readForm } from './form.js';
import { createInbox, type Inbox } from './inbox.js';
import { functionEnvironment, LOOPBACK_PROVIDERS, startLoopbacks } from './loopbacks.js';
import { createRouter } from './router.js';

/** The whole relay on this machine: gateway and inbox on one port, the AWS loopback on another. */
export interface LocalRelay {
  readonly address: string;
  readonly awsPort: number;
  readonly secret: KeyObject;
  readonly command: string;
  readonly inbox: Inbox;
  close(): Promise<void>;
}

/** Thrown when something else listens on a port that is needed. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} is taken`);
    this.port = port;
  }
}

/** Reads as what it is; it guards nothing, since nothing that is signed with it leaves this machine. */
const LOCAL_SECRET = Buffer.from('for local use only, not a secret').toString('base64');

/** The webhook that `POST /email` takes. */
const DEFAULT_EMAIL = { channel: 'email', app: '' } as const;

/** What the SSM Parameter Store of the loopback holds. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['/otp-relay/local/ownid-shared-secret', LOCAL_SECRET],
]);

/**
 * Builds the functions and runs them behind a gateway, against loopback providers.
 *
 * @param options.port of the gateway; the loopback takes the next one. 0 takes any two free ports.
 * @param options.overrides settings that replace those of `settings/local.yml`.
 * @param options.onOutput is told of each line that a function writes.
 * @throws {PortTakenError}
 * @throws {SettingsError} listing the faulty settings of all functions.
 * @throws {FunctionLoadError}
 */
export async function startLocalRelay(options: {
  port: number;
  overrides: Environment;
  outdir?: string;
  platform?: NodeJS.Platform;
  onOutput?: (line: string) => void;
}): Promise<LocalRelay> {
  const { port, overrides, onOutput, platform = process.platform } = options;
  const outdir = options.outdir ?? fileURLToPath(new URL('../../dist/handlers', import.meta.url));
  const inbox = createInbox();
  const behaviours = createBehaviours(LOOPBACK_PROVIDERS);
  const running: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.splice(0).map((part) => part.close()));
  };

  try {
    const settings = withOverrides(await readStageFile('local'), overrides);
    const loopbacks = await orPortTaken(port === 0 ? 0 : port + 1, (awsPort) =>
      startLoopbacks({
        awsPort,
        parameters: PARAMETERS,
        onMessage: inbox.onMessage,
        behaviour: behaviours.of,
      }),
    );
    running.push(loopbacks);
    const { awsPort, queue } = loopbacks;
    const environment = functionEnvironment(settings, loopbacks.environment, overrides);
    const secretOf = (webhook: Parameters<typeof signingSecret>[1]) =>
      signingSecret(environment, webhook, PARAMETERS);

    // Both ports before the functions are built, so that a taken one is known at once.
    const server = createServer();
    const chosen = await orPortTaken(port, (wanted) => listen(server, wanted));
    running.push({ close: () => closeServer(server) });
    const address = `http://localhost:${chosen}`;
    const onLine = (line: string) => {
      inbox.onLogLine(line);
      onOutput?.(line);
    };
    const deployment = startDeployment({ outdir, environment, queue, onOutput: onLine });

    const command = () => signedPostCommand(address, secretOf(DEFAULT_EMAIL), platform);
    const page = {
      inbox,
      info: () => ({ command: command(), providers: behaviours.list() }),
      actions: {
        '/send': async (content: unknown) => {
          const form = readForm(content);
          if (form === undefined) return undefined;
          const requests = formRequests(form, { secret: secretOf(form), now: Date.now() });
          return { answers: await post(requests, `http://127.0.0.1:${chosen}`) };
        },
        '/providers': (content: unknown) => (behaviours.set(content) ? {} : undefined),
        '/clear': () => {
          inbox.clear();
          return {};
        },
      },
    };
    server.on('request', createRouter({ deployment, page, onError: (error) => onOutput?.(String(error)) }));

    running.push(await deployment);
    return { address, awsPort, secret: secretOf(DEFAULT_EMAIL), command: command(), inbox, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function orPortTaken<T>(port: number, use: (port: number) => Promise<T>): Promise<T> {
  try {
    return await use(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortTakenError(port);
    throw error;
  }
}
