/**
 * Loads the providers' modules, each when it is first connected. In a bundle, `tools/build` moves those that the stage
 * names into the function's start (docs/performance.md).
 */
export const load = {
  ses: () => import('./ses.js'),
  smtp: () => import('./smtp/smtp.js'),
  microsoft: () => import('./smtp/microsoft.js'),
  sendgrid: () => import('./sendgrid.js'),
  mandrill: () => import('./mandrill.js'),
};
