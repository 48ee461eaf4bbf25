import { splitApps } from '../../../lib/settings/settings.js';
import type { DoctorContext } from '../../../tools/doctor/finding.js';
import { settingsComplete } from '../../../tools/doctor/settings.js';
import { stageUse } from '../../../tools/serverless/stage-use.cjs';

const OWNID_SHARED_SECRET = 'ssm:/otp-relay/prod/ownid-shared-secret';

test.each<[string, Readonly<Record<string, string>>, string[]]>([
  [
    'both channels',
    { EMAIL_FROM: 'a@acme.com', SMS_ALLOWED_COUNTRIES: 'US' },
    ['ok email: complete and well formed, 1 app', 'ok sms: complete and well formed, 1 app'],
  ],
  ['SMS only', { SMS_ALLOWED_COUNTRIES: 'US' }, ['ok sms: complete and well formed, 1 app']],
  [
    'email only, for two apps',
    { EMAIL_FROM: 'a@acme.com', EMAIL_FROM__SHOP: 'shop' },
    ['fail email: EMAIL_FROM__SHOP must be one email address, without a display name'],
  ],
  ['neither', {}, ['fail email: EMAIL_FROM is not set', 'ok sms: complete and well formed, 1 app']],
])('of a stage with %s the doctor looks at no other channel', async (_, own, expected) => {
  const values = { OWNID_SHARED_SECRET, ...own };
  const context = { stage: 'prod', apps: splitApps(values), use: stageUse(values) };
  const findings = await settingsComplete.run(context as unknown as DoctorContext);
  expect(findings.map(({ level, text }) => `${level} ${text}`)).toEqual(expected);
});
