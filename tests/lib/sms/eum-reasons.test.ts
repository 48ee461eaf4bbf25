import * as sdk from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { REASONS } from '../../contract/eum-reasons.js';

const REASONS_OF_SDK = {
  AccessDeniedException: sdk.AccessDeniedExceptionReason,
  ConflictException: sdk.ConflictExceptionReason,
  ServiceQuotaExceededException: sdk.ServiceQuotaExceededExceptionReason,
  ValidationException: sdk.ValidationExceptionReason,
};

// The contract suite holds the provider to these kinds.
test.each(Object.entries(REASONS_OF_SDK))('every reason of %s in the SDK has a kind', (name, reasons) => {
  expect(Object.keys(REASONS[name] ?? {}).sort()).toEqual(Object.values(reasons).sort());
});

test('no other exception has reasons', () => {
  const withReasons = Object.keys(sdk).filter((name) => name.endsWith('ExceptionReason'));
  expect(withReasons.sort()).toEqual(Object.keys(REASONS_OF_SDK).map((name) => `${name}Reason`));
});
