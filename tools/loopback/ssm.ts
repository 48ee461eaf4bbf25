import { jsonFault, jsonResult } from './aws-protocols.js';
import { type AwsCall, AwsFault, type AwsService } from './aws-service.js';

const MAX_NAMES = 10;

/** AWS Systems Manager, API version 2014-11-06: GetParameter and GetParameters of those in `store`, by name. */
export function createSsm(store: ReadonlyMap<string, string>): AwsService {
  return {
    name: 'ssm',
    actions: {
      GetParameter: (call) => ({ answer: jsonResult(getParameter(call, store)) }),
      GetParameters: (call) => ({ answer: jsonResult(getParameters(call, store)) }),
    },
    // AWS Systems Manager API reference, GetParameters, Errors, and "Common errors".
    faults: {
      transient: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
      rejected: {
        status: 500,
        code: 'InternalServerError',
        message: 'An error occurred on the server side.',
      },
      misconfigured: {
        status: 400,
        code: 'AccessDeniedException',
        message: 'User is not authorized to perform: ssm:GetParameters',
      },
    },
    refuse: jsonFault,
  };
}

function getParameter(call: AwsCall, store: ReadonlyMap<string, string>) {
  const { Name: name, WithDecryption: decrypted } = call.fields;
  if (typeof name !== 'string' || name === '') throw new AwsFault('ValidationException', 'Name is missing');
  const value = store.get(name);
  if (value === undefined) throw new AwsFault('ParameterNotFound', '');
  return { Parameter: parameter(name, value, decrypted) };
}

function getParameters(call: AwsCall, store: ReadonlyMap<string, string>) {
  const { Names: names, WithDecryption: decrypted } = call.fields;
  if (!isListOfText(names) || names.length === 0 || names.length > MAX_NAMES) {
    throw new AwsFault('ValidationException', `Names must hold 1 to ${MAX_NAMES} names`);
  }
  if (new Set(names).size !== names.length) throw new AwsFault('ValidationException', 'Names must be unique');

  return {
    Parameters: names.flatMap((name) => {
      const value = store.get(name);
      if (value === undefined) return [];
      return parameter(name, value, decrypted);
    }),
    InvalidParameters: names.filter((name) => !store.has(name)),
  };
}

function parameter(name: string, value: string, decrypted: unknown) {
  return {
    ARN: `arn:aws:ssm:us-east-1:000000000000:parameter${name}`,
    DataType: 'text',
    Name: name,
    Type: 'SecureString',
    // Undecrypted, a parameter is of no use: the test that forgot it should find out.
    Value: decrypted === true ? value : `AQICAHencrypted:${Buffer.from(name).toString('base64')}`,
    Version: 1,
  };
}

function isListOfText(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
