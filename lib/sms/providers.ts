/** Loads the modules of the providers, as `lib/email/providers.ts` does. */
export const load = {
  sns: () => import('./sns.js'),
  eum: () => import('./eum.js'),
  twilio: () => import('./twilio.js'),
  notify: () => import('./notify.js'),
};
