import { createServer } from 'node:http';
import { closeServer, listen, readBody } from '../../tools/http.js';

/** A call of an AWS client, as it came over the wire. */
export interface AwsCall {
  /** For which it was signed. */
  readonly region: string;
  /** Of the JSON protocols, such as `DescribePhoneNumbers`; empty for the others. */
  readonly operation: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/** An AWS that answers in JSON. */
export async function startAwsApi(answer: (call: AwsCall) => AwsAnswer) {
  const calls: AwsCall[] = [];
  const server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body = Buffer.alloc(0)) => {
      // AWS Signature Version 4: `Credential=<key>/<date>/<region>/<service>/aws4_request`.
      const [, region = ''] =
        /Credential=\w+\/\d+\/([\w-]+)\//.exec(request.headers.authorization ?? '') ?? [];
      const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
      const call = { region, operation, path, body: body.toString() };
      calls.push(call);
      const { status = 200, body: value } = answer(call);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    });
  });
  const endpoint = `http://127.0.0.1:${await listen(server, 0)}`;
  return {
    calls,
    /** For a client's constructor. */
    clientIn: (region: string) => ({
      region,
      endpoint,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    }),
    close: () => closeServer(server),
  };
}

/** An error as AWS's JSON and REST JSON protocols have it. */
export const awsError = (type: string, status = 400): AwsAnswer => ({
  status,
  body: { __type: type, code: type, message: type },
});
