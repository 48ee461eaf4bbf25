import { errorTypeRegistries } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import type { AwsService } from '../aws/call.js';
import { readAwsFailure } from '../aws/config.js';
import { ENDPOINTS } from '../aws/endpoints.js';
import type { DeliveryErrorKind } from '../errors.js';

/** AWS End User Messaging SMS, which its API calls Pinpoint SMS Voice V2. */
export const EUM: AwsService = {
  ...ENDPOINTS.eum,
  signingName: 'sms-voice',
  protocol: new AwsJson1_0Protocol({
    defaultNamespace: 'com.amazonaws.pinpointsmsvoicev2',
    errorTypeRegistries,
    serviceTarget: 'PinpointSMSVoiceV2',
  }),
};

/** AWS End User Messaging SMS and voice v2 API reference, SendTextMessage: `TimeToLive`, in seconds. */
const TIME_TO_LIVE = { minimum: 5, maximum: 259_200 };

/** How long AWS may try to hand the message over: what is left of the passcode's life, as far as the API allows. */
export function timeToLive(expiresAt: number, now: number): number {
  const seconds = Math.floor((expiresAt - now) / 1000);
  return Math.min(TIME_TO_LIVE.maximum, Math.max(TIME_TO_LIVE.minimum, seconds));
}

/** Reasons that concern this recipient or message; a reason not named here concerns the account or its settings. */
const REJECTED = new Set([
  'DAILY_DESTINATION_CALL_LIMIT',
  // The operator's own rules against fraud: another provider would only defeat them.
  'DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION',
  'DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE',
  'DESTINATION_COUNTRY_BLOCKED',
  'DESTINATION_PHONE_NUMBER_OPTED_OUT',
  'MAXIMUM_SIZE_EXCEEDED',
  'PRICE_OVER_THRESHOLD',
]);
/** These concern the message where the field at fault belongs to it. */
const BY_FIELD = new Set(['FIELD_VALIDATION_FAILED', 'INVALID_PARAMETER']);
const MESSAGE_FIELDS = new Set<unknown>(['DestinationPhoneNumber', 'MessageBody', 'TemplateVariables']);
/** The errors that the two operations for text messages declare, but for throttling and internal errors. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'ConflictException',
  'ResourceNotFoundException',
  'ServiceQuotaExceededException',
  'ValidationException',
]);

/** The same API reference, Errors of SendTextMessage and SendNotifyTextMessage. */
export function classifyEum(error: unknown): { kind: DeliveryErrorKind; code: string } {
  const { kind, code } = readAwsFailure(error);
  if (kind === 'ambiguous' || kind === 'transient' || !REFUSALS.has(code)) {
    return { kind: kind ?? 'ambiguous', code };
  }
  const { Reason: reason, Fields: fields } = error as { Reason?: unknown; Fields?: unknown };
  if (typeof reason !== 'string') return { kind: 'misconfigured', code };
  const isRejected = REJECTED.has(reason) || (BY_FIELD.has(reason) && namesMessageField(fields));
  return { kind: isRejected ? 'rejected' : 'misconfigured', code: reason };
}

function namesMessageField(fields: unknown): boolean {
  return (
    Array.isArray(fields) &&
    fields.some((field: unknown) => MESSAGE_FIELDS.has((field as { Name?: unknown } | null)?.Name))
  );
}
