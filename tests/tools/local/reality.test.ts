import { functionEnvironment } from '../../../tools/local/reality.js';

describe('what is set for a provider', () => {
  const loopbacks = {
    SMTP_HOST: '127.0.0.1',
    SMTP_CA: 'x',
    SENDGRID_API_KEY: 'k',
    STATE_TABLE: 'state',
    AWS_ENDPOINT_URL: 'http://loopback',
  };
  const settings = {
    EMAIL_FROM: 'login@example.com',
    STATE_TIMEOUT_MS: '10000',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: 'http://elsewhere',
    AWS_ENDPOINT_URL_SES: 'http://elsewhere',
    SMTP_HOST: 'mail.example.com',
    SMTP_HOST__SHOP: 'mail.example.com',
    SENDGRID_API_KEY: 'exported',
  };

  const others = { EMAIL_FROM: 'login@example.com', STATE_TIMEOUT_MS: '10000', AWS_REGION: 'eu-west-1' };

  test('is not used unless the provider is to be real, for no app and no service', () => {
    expect(functionEnvironment({ settings, loopbacks, real: new Set() })).toEqual({
      ...loopbacks,
      ...others,
    });
  });

  test('is all that is used of a real one', () => {
    expect(functionEnvironment({ settings, loopbacks, real: new Set(['smtp']) })).toEqual({
      ...others,
      SMTP_HOST: 'mail.example.com',
      SMTP_HOST__SHOP: 'mail.example.com',
      SENDGRID_API_KEY: 'k',
      STATE_TABLE: 'state',
      AWS_ENDPOINT_URL: 'http://loopback',
    });
  });

  test('a real SES gets the credentials that are given, and everything else of AWS is played', () => {
    const credentials = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' };
    const environment = functionEnvironment({ settings, loopbacks, real: new Set(['ses']), credentials });
    expect(environment).toMatchObject({
      ...credentials,
      AWS_ENDPOINT_URL_SSM: 'http://loopback',
      AWS_ENDPOINT_URL_SQS: 'http://loopback',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://loopback',
      AWS_ENDPOINT_URL_SNS: 'http://loopback',
    });
    expect(environment['AWS_ENDPOINT_URL']).toBeUndefined();
    expect(environment['AWS_ENDPOINT_URL_SES']).toBeUndefined();
  });
});
