import {
  errorTypeRegistries,
  GetParameter$,
  type GetParameterCommandInput,
  type GetParameterCommandOutput,
  GetParameters$,
  type GetParametersCommandInput,
  type GetParametersCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsJson1_1Protocol } from '@aws-sdk/core/protocols';
import type { AwsConfig } from './config.js';
import { type AwsService, createAwsCall } from './call.js';
import { ENDPOINTS } from './endpoints.js';

export const SSM: AwsService = {
  ...ENDPOINTS.ssm,
  signingName: 'ssm',
  protocol: new AwsJson1_1Protocol({
    defaultNamespace: 'com.amazonaws.ssm',
    errorTypeRegistries,
    serviceTarget: 'AmazonSSM',
  }),
};

/** The AWS Systems Manager calls that functions make. */
export function createSsm(aws: AwsConfig) {
  return {
    getParameter: createAwsCall<GetParameterCommandInput, GetParameterCommandOutput>(SSM, GetParameter$, aws),
    getParameters: createAwsCall<GetParametersCommandInput, GetParametersCommandOutput>(
      SSM,
      GetParameters$,
      aws,
    ),
  };
}
