import { createApps } from '../../../lib/settings/apps.js';
import { SettingsError } from '../../../lib/errors.js';
import type { Secrets } from '../../../lib/settings/secrets.js';
import type { Environment } from '../../../lib/settings/settings.js';

function setUp(environment: Environment, parameters: Record<string, string> = {}) {
  const store = new Map(Object.entries(parameters));
  const malformed: (readonly string[])[] = [];
  const asked: string[] = [];
  const createSecrets = (names: readonly string[]): Secrets => {
    asked.push(...names);
    return {
      current: () => Promise.resolve(new Map(store)),
      refreshed: () => Promise.resolve(new Map(store)),
    };
  };
  const apps = createApps({
    environment,
    pick: (get) => ({ from: get('EMAIL_FROM'), name: get('EMAIL_FROM_NAME') }),
    createSecrets,
    onMalformed: ({ faults }) => malformed.push(faults),
  });
  const settings = (name: string) => apps.get(name)?.settings();
  return { apps, settings, store, malformed, asked };
}

test('settings without references are always the same object', async () => {
  const { settings, apps } = setUp({ EMAIL_FROM: 'a@b.co' });
  expect(await settings('')).toEqual({ from: 'a@b.co', name: undefined });
  expect(await apps.get('')?.refreshedSettings()).toBe(await settings(''));
  expect(apps.get('SHOP')).toBeUndefined();
});

test('all references of all apps are asked for together, each once', () => {
  const { asked } = setUp({
    EMAIL_FROM: 'ssm:/from',
    EMAIL_FROM_NAME: 'ssm:/name',
    EMAIL_FROM_NAME__SHOP: 'ssm:/shop-name',
  });
  expect(asked).toEqual(['/from', '/name', '/shop-name']);
});

test('settings are the same object until a value changes', async () => {
  const { settings, store } = setUp({ EMAIL_FROM: 'ssm:/from' }, { '/from': 'a@b.co', '/other': 'x' });
  const before = await settings('');
  store.set('/other', 'y');
  expect(await settings('')).toBe(before);
  store.set('/from', 'new@b.co');
  expect(await settings('')).toEqual({ from: 'new@b.co', name: undefined });
});

test('a value that cannot be used is reported once, and the one before it stays in use', async () => {
  const { settings, store, malformed } = setUp({ EMAIL_FROM: 'ssm:/from' }, { '/from': 'a@b.co' });
  await settings('');
  store.set('/from', 'nobody');
  expect(await settings('')).toEqual({ from: 'a@b.co', name: undefined });
  await settings('');
  expect(malformed).toEqual([['EMAIL_FROM must be one email address, without a display name']]);
});

test('an app whose parameter is missing is unavailable, and no other', async () => {
  const { settings } = setUp(
    { EMAIL_FROM: 'ssm:/from', EMAIL_FROM__SHOP: 'ssm:/shop-from' },
    { '/from': 'a@b.co' },
  );
  expect(await settings('')).toEqual({ from: 'a@b.co', name: undefined });
  await expect(settings('SHOP')).rejects.toMatchObject({
    outcome: 'secret_unavailable',
    reason: 'parameter_malformed',
    cause: new SettingsError(['EMAIL_FROM__SHOP refers to /shop-from, which is not in the parameter store']),
  });
});

test('the faults of all apps stop the start together, each named once', () => {
  expect(() => setUp({ EMAIL_FROM_NAME: 'a\nb', EMAIL_FROM__SHOP: 'nobody' })).toThrow(
    new SettingsError([
      'EMAIL_FROM is not set',
      'EMAIL_FROM_NAME must be at most 100 characters without control characters or =?',
      'EMAIL_FROM__SHOP must be one email address, without a display name',
    ]),
  );
});
