import type { KeyObject } from 'node:crypto';
import { request as send } from 'node:http';
import {
  type EmailPayload,
  type OwnIdRequest,
  ownIdRequest,
  type SmsPayload,
} from '../../tools/ownid/ownid.js';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A signed webhook for the default app, as OwnID sends it now. */
export function signedEmail(payload: EmailPayload, secret: KeyObject): OwnIdRequest {
  return ownIdRequest({ channel: 'email', app: '', payload, secret, now: Date.now() });
}

/** As {@link signedEmail}. */
export function signedSms(payload: SmsPayload, secret: KeyObject): OwnIdRequest {
  return ownIdRequest({ channel: 'sms', app: '', payload, secret, now: Date.now() });
}

/** Posts to an emulated HTTP API, which the emulator tells by the `host` header. */
export function postTo(port: number, apiId: string, { path, headers, body }: OwnIdRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const host = `${apiId}.execute-api.localhost:${port}`;
    const call = send(
      { host: '127.0.0.1', port, path, method: 'POST', headers: { ...headers, host } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
