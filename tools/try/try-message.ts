import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { Channel } from '../../lib/channel.js';
import type { Acceptance } from '../../lib/delivery/route.js';
import { emailChannel } from '../../lib/email/channel.js';
import { SmtpError } from '../../lib/email/smtp/failure.js';
import { DeliveryError } from '../../lib/errors.js';
import { createTransport, type Transport } from '../../lib/net/transport.js';
import type { Message } from '../../lib/ownid/message.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import { appName, type Environment } from '../../lib/settings/settings.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { LogRecord } from '../../lib/telemetry/log.js';
import { httpApiEvent } from '../ownid/event-shapes.js';
import { type ChannelName, ownIdRequest, samplePayload } from '../ownid/ownid.js';
import { matchRoute } from '../ownid/routes.js';

/** One provider's word about the message. */
export interface Attempt {
  readonly provider: string;
  /** Undefined where it accepted the message. */
  readonly failure: DeliveryError | undefined;
  readonly messageId: string | undefined;
  /** The provider's own words, where it said something. */
  readonly reply: string | undefined;
}

export interface Trial {
  readonly status: number;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly durationMs: number;
  readonly attempts: readonly Attempt[];
}

/** What a provider answered last to the message at hand. */
interface Refusal {
  text: string | undefined;
}

const MAX_REPLY_CHARACTERS = 600;

/**
 * Runs one signed webhook through the function of its channel, in this process, and notes what the providers say.
 *
 * @param options.environment the settings with credentials; OwnID's secret is replaced, for this signs by itself, and
 *   there is neither a table nor a queue.
 * @throws {SettingsError}
 */
export async function tryMessage(options: {
  channel: ChannelName;
  app: string;
  to: string;
  subject?: string | undefined;
  body?: string | undefined;
  environment: Environment;
  transport?: Transport;
}): Promise<Trial> {
  const { channel, app } = options;
  const key = randomBytes(32);
  const attempts: Attempt[] = [];
  // A refusal alone: what succeeds may hold secrets, such as a parameter or an access token.
  const refusal: Refusal = { text: undefined };
  let record: LogRecord = {};

  const real = options.transport ?? createTransport();
  const transport: Transport = {
    ...real,
    send: async (...args) => {
      const response = await real.send(...args);
      if (response.status >= 400) {
        refusal.text = `${response.status} ${response.body.toString('utf8')}`.trim();
      }
      return response;
    },
  };
  const note = (line: unknown) => {
    const logged = typeof line === 'string' ? (JSON.parse(line) as LogRecord) : {};
    if (logged.outcome !== undefined) record = logged;
  };
  const make = <M extends Message>(real: Channel<M>) =>
    createWebhook(watched(real, attempts, refusal), {
      environment: standAlone(options.environment, key.toString('base64')),
      transport,
      logSink: { info: note, warn: note, error: note },
      writeMetric: () => undefined,
    });
  const { handler, primed } = channel === 'email' ? make(emailChannel) : make(smsChannel);
  await primed;

  const payload = samplePayload(channel, options);
  const now = Date.now();
  const { path, headers, body } = ownIdRequest({ channel, app, payload, secret: createSecretKey(key), now });
  const route = matchRoute(path);
  if (route === undefined) throw new TypeError(`no route: ${path}`);
  const parts = {
    method: 'POST',
    path,
    query: '',
    headers: [['host', 'localhost'] as const, ...Object.entries(headers)],
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
    requestId: randomUUID(),
    time: now,
  };
  const startedAt = performance.now();
  const { statusCode: status } = await handler(httpApiEvent(parts, route));
  const { outcome = 'failed', reason } = record;
  return { status, outcome, reason, durationMs: Math.round(performance.now() - startedAt), attempts };
}

/** The setting that names the providers of an app; `app` as in the URL. */
export function providerSetting(channel: ChannelName, app: string): string {
  const name = `${channel.toUpperCase()}_PROVIDER`;
  return app === '' ? name : `${name}__${appName(app)}`;
}

/** The settings without what OwnID or a deployed stack would bring. */
function standAlone(settings: Environment, secret: string): Environment {
  const isSecret = (name: string) => /^OWNID_(?:EMAIL_|SMS_)?SHARED_SECRET/.test(name);
  const isLeftOut = (name: string) => /^(?:WEBHOOK_HEADER|STATE_TABLE|QUEUE_URL)/.test(name);
  const kept = Object.entries(settings)
    .filter(([name]) => !isLeftOut(name))
    .map(([name, value]) => [name, isSecret(name) ? secret : value] as const);
  return { OWNID_SHARED_SECRET: secret, ...Object.fromEntries(kept) };
}

/** A channel whose providers tell what became of each message. */
function watched<M extends Message>(channel: Channel<M>, attempts: Attempt[], refusal: Refusal): Channel<M> {
  const add = (provider: string, failure: DeliveryError | undefined, acceptance?: Acceptance) => {
    const reply = replyOf(failure) ?? refusal.text;
    attempts.push({
      provider,
      failure,
      messageId: acceptance?.messageId,
      reply: reply?.slice(0, MAX_REPLY_CHARACTERS),
    });
  };
  return {
    ...channel,
    settings: (...given) => {
      const settings = channel.settings(...given);
      const route = settings.route.map((entry) => ({
        ...entry,
        connect: async (...args: Parameters<typeof entry.connect>) => {
          const deliver = await entry.connect(...args);
          return async (...message: Parameters<typeof deliver>) => {
            refusal.text = undefined;
            try {
              const acceptance = await deliver(...message);
              add(entry.name, undefined, acceptance);
              return acceptance;
            } catch (error) {
              if (error instanceof DeliveryError) add(entry.name, error);
              throw error;
            }
          };
        },
      }));
      return { ...settings, route };
    },
  };
}

function replyOf(failure: DeliveryError | undefined): string | undefined {
  const cause = failure?.cause;
  if (cause instanceof SmtpError) return cause.reply ?? cause.message;
  return cause instanceof Error ? cause.message : undefined;
}
