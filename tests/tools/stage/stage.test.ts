import { providersInUse } from '../../../tools/stage/stage.js';

test.each([
  [{}, ['ses', 'sns']],
  [{ EMAIL_PROVIDER: 'smtp' }, ['smtp', 'sns']],
  [
    { EMAIL_PROVIDER: 'mandrill,ses', EMAIL_PROVIDER__SHOP: 'sendgrid' },
    ['mandrill', 'ses', 'sns', 'sendgrid'],
  ],
  [{ EMAIL_PROVIDER: 'ssm:/known/at/run/time' }, ['ses', 'sns']],
  [{ EMAIL_PROVIDER: 'pigeon' }, []],
])('of settings %j the providers are %j', (environment, providers) => {
  expect(providersInUse(environment)).toEqual(providers);
});
