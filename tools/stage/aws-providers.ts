import { ENDPOINTS } from '../../lib/aws/endpoints.js';

/** The providers that are services of AWS, with the service as AWS_ENDPOINT_URL_<SERVICE> names it. */
export const AWS_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['ses', ENDPOINTS.ses.id],
  ['sns', ENDPOINTS.sns.id],
  ['eum', ENDPOINTS.eum.id],
  ['notify', ENDPOINTS.eum.id],
]);
