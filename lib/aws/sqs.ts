import {
  ChangeMessageVisibility$,
  type ChangeMessageVisibilityCommandInput,
  type ChangeMessageVisibilityCommandOutput,
  errorTypeRegistries,
  SendMessage$,
  type SendMessageCommandInput,
  type SendMessageCommandOutput,
} from '@aws-sdk/client-sqs';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import type { AwsConfig } from './config.js';
import { type AwsService, createAwsCall } from './call.js';
import { ENDPOINTS } from './endpoints.js';

export const SQS: AwsService = {
  ...ENDPOINTS.sqs,
  signingName: 'sqs',
  protocol: new AwsJson1_0Protocol({
    defaultNamespace: 'com.amazonaws.sqs',
    errorTypeRegistries,
    serviceTarget: 'AmazonSQS',
    awsQueryCompatible: true,
  }),
};

/** The Amazon SQS calls that functions make. */
export function createSqs(aws: AwsConfig) {
  return {
    sendMessage: createAwsCall<SendMessageCommandInput, SendMessageCommandOutput>(SQS, SendMessage$, aws),
    changeMessageVisibility: createAwsCall<
      ChangeMessageVisibilityCommandInput,
      ChangeMessageVisibilityCommandOutput
    >(SQS, ChangeMessageVisibility$, aws),
  };
}
