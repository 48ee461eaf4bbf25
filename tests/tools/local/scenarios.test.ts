import { routesOf } from '../../../tools/local/reality.js';
import { createScenarios } from '../../../tools/local/scenarios.js';

const titles = (settings: Record<string, string>, real: readonly string[] = []) =>
  createScenarios(routesOf(settings), (name) => !real.includes(name)).list.map(({ title }) => title);

test('without a setting, SES and SNS can fail', () => {
  expect(titles({})).toEqual(
    ['SES', 'SNS'].flatMap((name) => [
      `${name} is down`,
      `The answer of ${name} gets lost`,
      `${name} takes 5 seconds`,
      `${name} refuses the message`,
      `${name} refuses the account`,
    ]),
  );
});

test('in a route the next provider takes over', () => {
  const email = titles({ EMAIL_PROVIDER: 'smtp,ses' });
  expect(email.slice(0, 3)).toEqual([
    'SMTP is down, SES takes over',
    'SMTP and SES are down',
    'The answer of SMTP gets lost',
  ]);
  expect(email).not.toContain('The answer of SES gets lost');
});

test('each country’s provider can fail, and takes over only where its route says so', () => {
  const sms = titles({ SMS_PROVIDER: 'sns, US=eum,twilio, GB=sns' }).filter(
    (title) => !title.includes('SES'),
  );
  expect(sms.slice(0, 2)).toEqual([
    'End User Messaging is down, Twilio takes over',
    'SNS, End User Messaging and Twilio are down',
  ]);
  expect(sms).toEqual(
    expect.arrayContaining(['SNS refuses the message', 'End User Messaging refuses the message']),
  );
  expect(sms).not.toContain('Twilio refuses the message');
});

test('each app’s route has its own', () => {
  expect(titles({ EMAIL_PROVIDER__SHOP: 'sendgrid,mandrill' })).toEqual(
    expect.arrayContaining(['SES refuses the message', 'SendGrid is down, Mandrill takes over']),
  );
});

test('what is real cannot be made to fail, and takes over from what is played', () => {
  const email = titles({ EMAIL_PROVIDER: 'ses,smtp' }, ['smtp']).filter((title) => !title.includes('SNS'));
  expect(email).toEqual([
    'SES is down, SMTP takes over',
    'The answer of SES gets lost',
    'SES takes 5 seconds',
    'SES refuses the message',
    'SES refuses the account',
  ]);
  expect(titles({ EMAIL_PROVIDER: 'smtp,ses' }, ['smtp']).join()).not.toContain('SMTP');
});

test('faulty settings have none', () => {
  expect(titles({ EMAIL_PROVIDER: 'pigeon' })).toEqual([]);
});
