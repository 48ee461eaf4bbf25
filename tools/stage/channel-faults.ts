import { emailChannel } from '../../lib/email/channel.js';
import { SettingsError } from '../../lib/errors.js';
import { readChannelSettings } from '../../lib/relay/channel-apps.js';
import { type AppEnvironment, type Get, readSettings, type Refuse } from '../../lib/settings/settings.js';
import type { SettingName } from '../../lib/settings/table.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { ChannelName } from '../ownid/ownid.js';

type Reading = (get: Get, refuse: Refuse) => unknown;

const CHANNELS: Readonly<Record<ChannelName, Reading>> = {
  email: (get, refuse) => readChannelSettings(emailChannel, get, refuse),
  sms: (get, refuse) => readChannelSettings(smsChannel, get, refuse),
};

/** What a channel's webhook, and the worker, would say of the settings of some apps at start. */
export interface ChannelFaults {
  readonly channel: ChannelName;
  /** Each once, in the order of the apps. */
  readonly faults: readonly string[];
}

/** @param parameters as for `readSettings`: without it, what `ssm:` references refer to is not looked at. */
export function channelFaults(
  apps: readonly AppEnvironment[],
  parameters?: ReadonlyMap<string, string>,
): ChannelFaults[] {
  return (['email', 'sms'] as const).map((channel) => ({
    channel,
    faults: [...new Set(apps.flatMap((app) => faultsOf(app, CHANNELS[channel], parameters)))],
  }));
}

/** The settings that some channels read of an app: those of its providers, and none of the others'. */
export function settingsRead(
  app: AppEnvironment,
  channels: readonly ChannelName[],
): ReadonlySet<SettingName> {
  const names = new Set<SettingName>();
  for (const channel of channels) {
    faultsOf(app, (get, refuse) =>
      CHANNELS[channel]((name, special) => {
        names.add(name);
        if (special !== undefined) names.add(special);
        return get(name, special);
      }, refuse),
    );
  }
  return names;
}

function faultsOf(
  app: AppEnvironment,
  read: Reading,
  parameters?: ReadonlyMap<string, string>,
): readonly string[] {
  try {
    readSettings(app, read, parameters);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.faults;
  }
}
