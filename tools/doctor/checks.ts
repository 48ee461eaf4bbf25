import { alarmSubscribers, spendAlarm } from './alarms.js';
import { endpoint } from './endpoint.js';
import { concurrency } from './concurrency.js';
import { eumAccount, eumConfigurationSets } from './eum.js';
import type { Check } from './finding.js';
import { parameterRate } from './parameter-rate.js';
import { providerCredentials } from './providers.js';
import { senderDns } from './sender-dns.js';
import { sesAccount, sesConfigurationSets, sesIdentities } from './ses.js';
import { parametersReadable, settingsComplete } from './settings.js';
import { optedOut, smsCountries, snsSandbox, snsSpend } from './sms.js';
import { senderIds, smsNumbers } from './sms-numbers.js';
import { functionsCurrent, identity, queues, stackDeployed, table } from './stack.js';

/** All that makes passcodes fail silently, in the order in which it is best repaired. */
export const CHECKS: readonly Check[] = [
  settingsComplete,
  identity,
  stackDeployed,
  parametersReadable,
  parameterRate,
  functionsCurrent,
  concurrency,
  sesAccount,
  sesIdentities,
  sesConfigurationSets,
  senderDns,
  providerCredentials,
  smsCountries,
  senderIds,
  smsNumbers,
  snsSandbox,
  snsSpend,
  spendAlarm,
  optedOut,
  eumAccount,
  eumConfigurationSets,
  queues,
  table,
  alarmSubscribers,
  endpoint,
];
