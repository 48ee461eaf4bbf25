import { eumAccount } from '../../../tools/doctor/eum.js';
import { awsError } from '../../support/aws-api.js';
import { findingsOf } from '../../support/doctor.js';

/** What an account in the sandbox, whose limits are those of the first day but for Notify's, is told for a route. */
function lines(route: string) {
  const settings = { SMS_ALLOWED_COUNTRIES: 'US', SMS_PROVIDER: route };
  return findingsOf(eumAccount, settings, ({ operation }) => {
    if (operation === 'DescribeAccountAttributes') {
      return { body: { AccountAttributes: [{ Name: 'ACCOUNT_TIER', Value: 'SANDBOX' }] } };
    }
    if (operation !== 'DescribeSpendLimits') return awsError('AccessDeniedException');
    const limit = (name: string, usd: number) => ({
      Name: `${name}_MESSAGE_MONTHLY_SPEND_LIMIT`,
      EnforcedLimit: usd,
      MaxLimit: usd,
      Overridden: false,
    });
    return { body: { SpendLimits: [limit('TEXT', 1), limit('VOICE', 1), limit('NOTIFY', 50)] } };
  });
}

const RATE = 'ok 1 message a second, unless AWS Support raised it: what is more goes to the next provider';
const TEXT = [
  'fail sandbox: only verified numbers get SMS',
  'warn TEXT_MESSAGE_MONTHLY_SPEND_LIMIT: 1 USD: at the limit every SMS fails',
];
const NOTIFY = ['ok NOTIFY_MESSAGE_MONTHLY_SPEND_LIMIT: 50 USD'];

test.each([
  ['eum', [...TEXT, RATE]],
  ['sns, DE=eum', [...TEXT, RATE]],
  ['notify', [...NOTIFY, RATE]],
  ['eum,notify', [...TEXT, ...NOTIFY, RATE]],
  ['sns', []],
])(
  'with %s the doctor has a row for the sandbox, the spend limit and the rate of what is used',
  async (route, rows) => {
    expect(await lines(route)).toEqual(rows);
  },
);
