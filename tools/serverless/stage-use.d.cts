/** What a stage's settings use of the stack; what they do not use is not deployed. */
export interface StageUse {
  readonly email: boolean;
  readonly sms: boolean;
  readonly channels: readonly ('email' | 'sms')[];
  readonly ses: boolean;
  readonly sns: boolean;
  /** Addresses in the form in which SES gets them; `*` for one behind a reference. */
  readonly senders: readonly string[];
  readonly configurationSets: readonly string[];
}

export function stageUse(settings: Readonly<Record<string, string | undefined>>): StageUse;
