import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { Environment } from '../../lib/settings/settings.js';
import { closeServer, listen } from '../http.js';
import { readStageFile, signingSecret, withOverrides } from '../stage/stage.js';
import { signedPostCommand } from './command.js';
import { startDeployment } from './deployment.js';
import { keepInboxFile, readInboxFile } from './inbox-file.js';
import { createInbox, type Inbox } from './inbox.js';
import { startLoopbacks } from './loopbacks.js';
import { orPortTaken } from './port-taken.js';
import { pageActions } from './page-actions.js';
import { functionEnvironment, type ProviderInUse, providersOf, routesOf, unusedSettings } from './reality.js';
import { createRouter, type Destinations } from './router.js';
import { announceRunning, localFolder } from './running.js';
import { createScenarios } from './scenarios.js';

/** The whole relay on this machine: gateway and inbox on one port, the AWS loopback on another. */
export interface LocalRelay {
  readonly address: string;
  readonly awsPort: number;
  readonly secret: KeyObject;
  readonly command: string;
  readonly inbox: Inbox;
  readonly providers: readonly ProviderInUse[];
  /** The providers that are played here although something is set for them. */
  readonly unused: readonly string[];
  close(): Promise<void>;
}

/** Reads as what it is; it guards nothing, since nothing that is signed with it leaves this machine. */
const LOCAL_SECRET = Buffer.from('for local use only, not a secret').toString('base64');

type Webhook = Parameters<typeof signingSecret>[1];

const DEFAULT_EMAIL: Webhook = { channel: 'email', app: '' };

/** What the SSM Parameter Store of the loopback holds. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['/otp-relay/local/ownid-shared-secret', LOCAL_SECRET],
]);

/**
 * Builds the functions and runs them behind a gateway, against loopback providers.
 *
 * @param options.port of the gateway; the loopback takes the next one. 0 takes any two free ports.
 * @param options.overrides settings that replace those of `settings/local.yml`.
 * @param options.real the providers that are not played here, with the credentials for those of AWS.
 * @param options.folder for the bundles and the inbox; by default one of this port's own.
 * @param options.onOutput called with each line that a function writes.
 * @throws {PortTakenError}
 * @throws {SettingsError} listing the faulty settings of all functions.
 * @throws {FunctionLoadError}
 */
export async function startLocalRelay(options: {
  port: number;
  overrides: Environment;
  real?: { readonly providers: ReadonlySet<string>; readonly credentials: Environment };
  folder?: string;
  platform?: NodeJS.Platform;
  onOutput?: (line: string) => void;
}): Promise<LocalRelay> {
  const { port, overrides, onOutput, platform = process.platform } = options;
  const { providers: real = new Set<string>(), credentials = {} } = options.real ?? {};
  const running: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.splice(0).map((part) => part.close()));
  };

  try {
    // Both ports before anything else, so that a taken one is known at once. A browser may be quicker than the rest.
    let lead: (destinations: Destinations) => void = () => undefined;
    const started = new Promise<Destinations>((resolve) => {
      lead = resolve;
    });
    const server = createServer(createRouter(started, (error) => onOutput?.(String(error))));
    const chosen = await orPortTaken(port, (wanted) => listen(server, wanted));
    running.push({ close: () => closeServer(server) });
    const address = `http://localhost:${chosen}`;
    const folder = options.folder ?? localFolder(chosen);
    const inbox = createInbox({ earlier: await readInboxFile(`${folder}/inbox.json`) });

    const settings = withOverrides(await readStageFile('local'), overrides);
    const scenarios = createScenarios(routesOf(settings), (provider) => !real.has(provider));
    const loopbacks = await orPortTaken(port === 0 ? 0 : port + 1, (awsPort) =>
      startLoopbacks({
        awsPort,
        parameters: PARAMETERS,
        onMessage: inbox.onMessage,
        behaviour: scenarios.of,
      }),
    );
    running.push(loopbacks);
    const { awsPort, queue } = loopbacks;
    const environment = functionEnvironment({
      settings,
      loopbacks: loopbacks.environment,
      real,
      credentials,
    });
    const providers = providersOf(environment, real);

    const secretOf = (webhook: Webhook) => signingSecret(environment, webhook, PARAMETERS);
    const functions = await startDeployment({
      outdir: `${folder}/handlers`,
      environment,
      queue,
      onOutput: (line) => {
        inbox.onLogLine(line);
        onOutput?.(line);
      },
    });
    running.push(functions);

    const commandOf = (request?: Webhook & { path: string; body: string }) =>
      signedPostCommand(address, secretOf(request ?? DEFAULT_EMAIL), platform, request);
    const origin = `http://127.0.0.1:${chosen}`;
    const page = {
      inbox,
      info: () => ({
        command: commandOf(),
        providers,
        scenarios: scenarios.list,
        active: scenarios.active()?.id,
      }),
      onInfo: scenarios.subscribe,
      commandOf,
      actions: pageActions({ inbox, scenarios, providers, environment, secretOf, origin }),
    };
    lead({ webhooks: functions.webhooks, page });
    running.push(keepInboxFile(`${folder}/inbox.json`, inbox));
    if (options.folder === undefined) {
      const record = { pid: process.pid, port: chosen, awsPort, environment: loopbacks.environment };
      running.push(await announceRunning(record));
    }
    return {
      address,
      awsPort,
      secret: secretOf(DEFAULT_EMAIL),
      command: commandOf(),
      inbox,
      providers,
      unused: unusedSettings(settings, environment, providers),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
