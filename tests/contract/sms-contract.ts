import type { Environment } from '../../lib/settings/settings.js';
import type { ProviderContract } from './contract.js';

/** What a provider is handed of an SMS, as it can be read from the wire. */
export interface SmsWire {
  readonly to: string;
  /** The text, or what stands for it. */
  readonly text: string;
  /** Whoever it comes from, where that is not left to the provider. */
  readonly sender: string | undefined;
  /** How long it may be handed over, where the provider is told. */
  readonly seconds: number | undefined;
}

export interface SmsContract extends ProviderContract<SmsWire> {
  readonly features: {
    /** Whether it sends our text, and not one of its own. */
    readonly text: boolean;
    /** The least number of seconds for which it can be told to try. */
    readonly expiry?: { readonly least: number };
    readonly senders?: readonly SenderCase[];
  };
}

interface SenderCase {
  readonly title: string;
  readonly country: string;
  readonly settings: Environment;
  readonly sender: string | undefined;
}

const both = {
  SMS_ORIGINATION_NUMBER: 'US=+12065550100, CA=+14165550100',
  SMS_SENDER_ID: 'Acme, GB=AcmeUK, FR=, US=Unused',
};

/** Of the providers that share the settings for senders. */
export const SHARED_SENDERS: readonly SenderCase[] = [
  { title: 'without a sender the choice is left to it', country: 'US', settings: {}, sender: undefined },
  {
    title: 'one number for all',
    country: 'DE',
    settings: { SMS_ORIGINATION_NUMBER: '+12065550100' },
    sender: '+12065550100',
  },
  {
    title: 'the number of the country goes before a sender id',
    country: 'US',
    settings: both,
    sender: '+12065550100',
  },
  { title: 'the sender id of the country', country: 'GB', settings: both, sender: 'AcmeUK' },
  { title: 'the sender id of all others', country: 'DE', settings: both, sender: 'Acme' },
  { title: 'a country can be excepted', country: 'FR', settings: both, sender: undefined },
];
