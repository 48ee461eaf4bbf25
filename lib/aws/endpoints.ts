/** Where an AWS service is found, without loading any of its client. */
export interface AwsEndpoint {
  /** As in `AWS_ENDPOINT_URL_<ID>`, the variable that overrides one service's endpoint in all AWS SDKs. */
  readonly id: string;
  readonly endpointPrefix: string;
}

/** Amazon Web Services General Reference, "Service endpoints". */
export const ENDPOINTS = {
  ses: { id: 'SES', endpointPrefix: 'email' },
  sns: { id: 'SNS', endpointPrefix: 'sns' },
  eum: { id: 'PINPOINT_SMS_VOICE_V2', endpointPrefix: 'sms-voice' },
  ssm: { id: 'SSM', endpointPrefix: 'ssm' },
  sqs: { id: 'SQS', endpointPrefix: 'sqs' },
  dynamodb: { id: 'DYNAMODB', endpointPrefix: 'dynamodb' },
} as const satisfies Record<string, AwsEndpoint>;
