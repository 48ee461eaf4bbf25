/** The configuration with which an SDK client calls a server on this machine, once for each command. */
export function sdkClient(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 };
}
