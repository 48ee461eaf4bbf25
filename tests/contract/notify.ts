import { eumContract } from './eum.js';
import { aws } from './sns.js';

interface Body {
  readonly DestinationPhoneNumber: string;
  readonly TemplateVariables: { readonly code: string };
  readonly TimeToLive: number;
}

export const notify = eumContract(
  'notify',
  (origin) => ({ SMS_PROVIDER: 'notify', NOTIFY_CONFIGURATION_ID: 'nc-0123', ...aws(origin) }),
  {
    features: { text: false, expiry: { least: 5 } },
    read: ({ raw }) => {
      const body = JSON.parse(raw) as Body;
      return Promise.resolve({
        to: body.DestinationPhoneNumber,
        text: body.TemplateVariables.code,
        sender: undefined,
        seconds: body.TimeToLive,
      });
    },
  },
);
