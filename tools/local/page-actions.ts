import type { KeyObject } from 'node:crypto';
import * as v from 'valibot';
import type { Environment } from '../../lib/settings/settings.js';
import type { ChannelName } from '../ownid/ownid.js';
import { describeTrial } from '../try/describe.js';
import { providerSetting, tryMessage } from '../try/try-message.js';
import { formRequests, post, readForm, signedAgain } from './form.js';
import type { Inbox } from './inbox.js';
import type { InboxServerOptions } from './inbox-server.js';
import type { ProviderInUse } from './reality.js';
import type { Scenarios } from './scenarios.js';

const trialInput = v.object({ provider: v.string() });

/** What the page may post. Its webhooks go to `origin`, as OwnID's do. */
export function pageActions(options: {
  inbox: Inbox;
  scenarios: Scenarios;
  providers: readonly ProviderInUse[];
  /** Of the functions, for a trial. */
  environment: Environment;
  secretOf: (webhook: { channel: ChannelName; app: string }) => KeyObject;
  origin: string;
}): InboxServerOptions['actions'] {
  const { inbox, scenarios, secretOf, origin } = options;
  return {
    '/send': async (content) => {
      const form = readForm(content);
      if (form === undefined) return undefined;
      return { answers: await post(formRequests(form, { secret: secretOf(form), now: Date.now() }), origin) };
    },
    '/again': async (content) => {
      const entry = inbox.findEntry((content as { id?: string } | null)?.id ?? '');
      if (entry?.request === undefined || entry.path === undefined || entry.channel === undefined) {
        return undefined;
      }
      const { path, request: body, channel, app = '' } = entry;
      const again = signedAgain({ path, body }, { secret: secretOf({ channel, app }), now: Date.now() });
      return { answers: await post([again], origin) };
    },
    '/try': async (content) => {
      const form = readForm(content);
      const { output } = v.safeParse(trialInput, content) as { output: { provider?: string } };
      // A provider that is played here has nothing to say, and one that was not asked for must not be reached.
      const isReal = ({ name, real, channels }: ProviderInUse) =>
        name === output.provider &&
        real !== undefined &&
        channels.some((channel) => channel === form?.channel);
      const provider = options.providers.find(isReal);
      if (form === undefined || provider === undefined) return undefined;
      const setting = providerSetting(form.channel, form.app);
      const environment = { ...options.environment, [setting]: provider.name };
      const trial = await tryMessage({ ...form, environment });
      return { answers: [{ isAccepted: trial.outcome === 'accepted', lines: describeTrial(trial) }] };
    },
    '/scenario': (content) => (scenarios.set(content) ? {} : undefined),
    '/clear': () => {
      inbox.clear();
      return {};
    },
    '/restore': () => {
      inbox.restore();
      return {};
    },
  };
}
