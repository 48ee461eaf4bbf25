import type { Answer, Fault } from './aws-protocols.js';
import type { Behaviour, ReceivedMessage } from './provider.js';

/** One request to an AWS service, decoded. */
export interface AwsCall {
  readonly service: string;
  readonly action: string;
  /** The members of the action's input: form fields as they are named on the wire, or the JSON document. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: string;
}

/** What an action led to: the answer and, where the service took a message, the message. */
export interface AwsResult {
  readonly answer: Answer;
  readonly message?: ReceivedMessage;
}

/** An AWS service as the loopback plays it. */
export interface AwsService {
  readonly name: string;
  /** In the scope of a signature; the name where it is not given. */
  readonly signingName?: string;
  /** Throws {@link AwsFault} for input that the service would refuse. */
  readonly actions: Readonly<Record<string, (call: AwsCall) => AwsResult | Promise<AwsResult>>>;
  /** How the service fails when it is told to. */
  readonly faults: Readonly<Record<Exclude<Behaviour, 'accept' | 'ambiguous'>, Fault>>;
  readonly refuse: (fault: Fault) => Answer;
}

/** Thrown by an action: the caller's input is at fault. */
export class AwsFault extends Error implements Fault {
  readonly status = 400;
  readonly code: string;
  readonly details: Fault['details'];

  constructor(code: string, message: string, details?: Fault['details']) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** A form field that must be there. */
export function requireField(call: AwsCall, name: string): string {
  const value = call.fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new AwsFault('ValidationError', `Missing required parameter ${name}`);
}

/** The fields of a list, `<prefix>.member.1` and so on. */
export function listField(call: AwsCall, prefix: string): string[] {
  const values: string[] = [];
  for (;;) {
    const value = call.fields[`${prefix}.member.${values.length + 1}`];
    if (typeof value !== 'string') return values;
    values.push(value);
  }
}

/** Refuses what the service knows no field for, so that a misspelt one does not go unnoticed. */
export function refuseUnknownFields(call: AwsCall, known: RegExp): void {
  const unknown = Object.keys(call.fields).find(
    (name) => name !== 'Action' && name !== 'Version' && !known.test(name),
  );
  if (unknown !== undefined) throw new AwsFault('InvalidParameterValue', `Unknown parameter ${unknown}`);
}
