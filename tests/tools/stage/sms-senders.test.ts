import { readSettings } from '../../../lib/settings/settings.js';
import { judgeCountries } from '../../../tools/doctor/sms.js';
import { readSenderSettings, senderProblems } from '../../../tools/stage/sms-senders.js';

const read = (values: Record<string, string>) => readSettings({ app: '', values }, readSenderSettings);
const NUMBER = '+12065550100';
const DLT = { SMS_DLT_ENTITY_ID: '1101', SMS_DLT_TEMPLATE_ID: '1107' };

test.each<[string, Record<string, string>, RegExp[]]>([
  ['DE', {}, []],
  ['DE', { SMS_SENDER_ID: 'Acme' }, []],
  ['US', {}, [/registered number only/]],
  ['US', { SMS_ORIGINATION_NUMBER: NUMBER }, []],
  ['US', { SMS_ORIGINATION_NUMBER: '12345' }, []],
  ['US', { SMS_ORIGINATION_NUMBER: '+447400123456' }, [/another country's number/]],
  ['US', { EUM_ORIGINATION_IDENTITY: 'pool-1' }, []],
  ['US', { SMS_SENDER_ID: 'Acme' }, [/registered number only/, /takes no sender id/]],
  // The number goes with the message, so that the sender id does not matter.
  ['US', { SMS_SENDER_ID: 'Acme', SMS_ORIGINATION_NUMBER: NUMBER }, []],
  ['US', { SMS_SENDER_ID: 'Acme, US=', SMS_ORIGINATION_NUMBER: NUMBER }, []],
  ['BR', { SMS_SENDER_ID: 'Acme' }, [/takes no sender id/]],
  ['GB', { SMS_SENDER_ID: 'Acme' }, [/once it is registered/]],
  ['GB', { SMS_SENDER_ID: 'Acme, GB=' }, []],
  ['SG', { SMS_SENDER_ID: 'Acme' }, [/once it is registered/]],
  ['FR', { SMS_SENDER_ID: 'Acme-FR' }, [/hyphen/]],
  ['FR', { SMS_SENDER_ID: 'Acme-X, FR=AcmeFR' }, []],
  ['SA', { SMS_ORIGINATION_NUMBER: NUMBER }, [/no SMS from a long number/]],
  ['CN', {}, [/registered texts/]],
  ['IN', {}, [/without DLT registration/]],
  ['IN', { SMS_SENDER_ID: 'ACMEIN', ...DLT }, [/once it is registered/]],
  ['US', { SMS_PROVIDER: 'sns, US=twilio', TWILIO_SENDER: NUMBER }, []],
  ['US', { SMS_PROVIDER: 'twilio', TWILIO_SENDER: 'Acme' }, [/no sender id through Twilio/]],
  ['US', { SMS_PROVIDER: 'twilio', TWILIO_SENDER: `Acme, US=MG${'0'.repeat(32)}` }, []],
  ['GB', { SMS_PROVIDER: 'twilio', TWILIO_SENDER: 'Acme' }, []],
  [
    'US',
    { SMS_PROVIDER: 'sns,twilio', TWILIO_SENDER: 'Acme', SMS_ORIGINATION_NUMBER: NUMBER },
    [/through Twilio/],
  ],
])('SMS to %s with %j', (country, values, expected) => {
  const problems = senderProblems(read({ SMS_ALLOWED_COUNTRIES: country, ...values }));
  expect(problems.map(({ text }) => text)).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern) as string),
  );
});

test.each([
  ['*', ['warn']],
  ['', ['warn']],
  ['DE,FR', ['ok']],
  ['US,DE', ['ok', 'warn']],
])('the doctor on the countries %j', (countries, levels) => {
  const findings = judgeCountries({ app: '', ...read({ SMS_ALLOWED_COUNTRIES: countries }) });
  expect(findings.map(({ level }) => level)).toEqual(levels);
});
