/** Loads the modules of the providers, as `lib/email/providers.ts` does. */
export const load = {
  sns: () => import('./sns.js'),
};
