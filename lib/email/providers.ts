/**
 * Loads the modules of the providers. Here each is loaded when it is first connected; in a bundle, `tools/build` puts
 * those that the stage names into the function's start (docs/performance.md).
 */
export const load = {
  ses: () => import('./ses.js'),
  smtp: () => import('./smtp/smtp.js'),
  microsoft: () => import('./smtp/microsoft.js'),
  sendgrid: () => import('./sendgrid.js'),
  mandrill: () => import('./mandrill.js'),
};
