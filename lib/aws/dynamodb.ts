import {
  DeleteItem$,
  type DeleteItemCommandInput,
  type DeleteItemCommandOutput,
  errorTypeRegistries,
  UpdateItem$,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import type { AwsConfig } from './config.js';
import { type AwsService, createAwsCall } from './call.js';
import { ENDPOINTS } from './endpoints.js';

export const DYNAMODB: AwsService = {
  ...ENDPOINTS.dynamodb,
  signingName: 'dynamodb',
  protocol: new AwsJson1_0Protocol({
    defaultNamespace: 'com.amazonaws.dynamodb',
    errorTypeRegistries,
    serviceTarget: 'DynamoDB_20120810',
  }),
};

/** The Amazon DynamoDB calls that functions make. */
export function createDynamoDb(aws: AwsConfig) {
  return {
    updateItem: createAwsCall<UpdateItemCommandInput, UpdateItemCommandOutput>(DYNAMODB, UpdateItem$, aws),
    deleteItem: createAwsCall<DeleteItemCommandInput, DeleteItemCommandOutput>(DYNAMODB, DeleteItem$, aws),
  };
}
