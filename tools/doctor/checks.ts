import { alarmSubscribers, spendAlarm } from './alarms.js';
import { endpoint } from './endpoint.js';
import { eumAccount, eumSenders } from './eum.js';
import type { Check } from './finding.js';
import { parameterRate } from './parameter-rate.js';
import { providerCredentials } from './providers.js';
import { sesAccount, sesConfigurationSets, sesIdentities } from './ses.js';
import { parametersReadable, settingsComplete } from './settings.js';
import { optedOut, smsCountries, snsSandbox, snsSpend } from './sms.js';
import { functionsCurrent, identity, queues, stackDeployed, table } from './stack.js';

/** All that makes passcodes fail silently, in the order in which it is best repaired. */
export const CHECKS: readonly Check[] = [
  settingsComplete,
  identity,
  stackDeployed,
  parametersReadable,
  parameterRate,
  functionsCurrent,
  sesAccount,
  sesIdentities,
  sesConfigurationSets,
  providerCredentials,
  smsCountries,
  snsSandbox,
  snsSpend,
  spendAlarm,
  optedOut,
  eumAccount,
  eumSenders,
  queues,
  table,
  alarmSubscribers,
  endpoint,
];
