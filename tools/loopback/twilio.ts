import { randomBytes } from 'node:crypto';
import { type ApiAnswer, type ApiCall, startHttpLoopback } from './http-loopback.js';
import type { Loopback, LoopbackOptions } from './provider.js';

const PROVIDER = 'twilio';

interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
}

/** Twilio Programmable Messaging, "Create a Message": checks what its OpenAPI description demands. */
export function startTwilioLoopback(options: LoopbackOptions & Credentials): Promise<Loopback> {
  return startHttpLoopback({
    ...options,
    provider: PROVIDER,
    channel: 'sms',
    answer: (call) => answer(call, options),
    faults: {
      transient: refusal(429, 20429, 'Too Many Requests'),
      rejected: refusal(400, 21610, 'Attempt to send to unsubscribed recipient'),
      misconfigured: refusal(
        400,
        21606,
        "The 'From' phone number provided is not a valid message-capable number",
      ),
    },
  });
}

function answer({ method, path, headers, body }: ApiCall, { accountSid, authToken }: Credentials): ApiAnswer {
  const [, account, rest] = /^\/2010-04-01\/Accounts\/([^/]+)\/(.*)$/.exec(path) ?? [];
  if (account === undefined || rest !== 'Messages.json') {
    return refusal(404, 20404, `The requested resource ${path} was not found`);
  }
  const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  if (account !== accountSid || headers.authorization !== `Basic ${credentials}`) {
    return refusal(401, 20003, 'Authenticate');
  }
  if (method !== 'POST') return refusal(405, 20004, 'Method not allowed');
  if (!/^application\/x-www-form-urlencoded\b/.test(headers['content-type'] ?? '')) {
    return refusal(415, 20415, 'Unsupported media type');
  }
  const fields = [...new URLSearchParams(body)];
  const form = new Map(fields);
  const fault = form.size < fields.length ? 'A field is given twice' : faultOf(form);
  if (typeof fault === 'string') return refusal(400, 20001, fault);
  if (fault !== undefined) return refusal(400, fault.code, fault.message);

  const messageId = `SM${randomBytes(16).toString('hex')}`;
  const service = form.get('MessagingServiceSid');
  const message = {
    provider: PROVIDER,
    messageId,
    to: form.get('To') ?? '',
    from: form.get('From') ?? service,
    text: form.get('Body') ?? '',
  };
  return {
    status: 201,
    body: {
      account_sid: accountSid,
      body: message.text,
      error_code: null,
      error_message: null,
      from: form.get('From') ?? null,
      messaging_service_sid: service ?? null,
      sid: messageId,
      status: service === undefined ? 'queued' : 'accepted',
      to: message.to,
      uri: `/2010-04-01/Accounts/${accountSid}/Messages/${messageId}.json`,
    },
    message,
  };
}

/** Twilio's OpenAPI description 2.6.7, CreateMessage, and what its error dictionary says of the fields that matter here. */
const FIELDS: Readonly<Record<string, RegExp | undefined>> = {
  To: /^/,
  From: /^/,
  Body: /^/,
  MessagingServiceSid: /^MG[0-9a-fA-F]{32}$/,
  ValidityPeriod: /^(?:[1-9]\d{0,3}|[12]\d{4}|3[0-5]\d{3}|36000)$/,
  SmartEncoded: /^(?:true|false)$/,
  ShortenUrls: /^false$/,
  ContentRetention: /^(?:retain|discard)$/,
  AddressRetention: /^(?:retain|obfuscate)$/,
};

function faultOf(form: ReadonlyMap<string, string>): string | { code: number; message: string } | undefined {
  for (const [name, value] of form) {
    if (FIELDS[name]?.test(value) !== true) return `${name} is unknown or invalid`;
  }
  const [to, body] = [form.get('To'), form.get('Body')];
  if (!to) return { code: 21604, message: "A 'To' phone number is required." };
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return { code: 21211, message: "Invalid 'To' Phone Number" };
  if (!body) return { code: 21602, message: 'Message body is required.' };
  if (body.length > 1600) return { code: 21617, message: 'The concatenated message body exceeds 1600' };
  const from = form.get('From');
  if ((from === undefined) === (form.get('MessagingServiceSid') === undefined)) {
    return { code: 21603, message: "A 'From' phone number or a Messaging Service is required." };
  }
  if (from !== undefined && !/^(?:\+\d{7,15}|\d{3,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/.test(from)) {
    return { code: 21212, message: "Invalid 'From' Number" };
  }
  return undefined;
}

function refusal(status: number, code: number, message: string): ApiAnswer {
  const moreInfo = `https://www.twilio.com/docs/errors/${code}`;
  return { status, body: { code, message, more_info: moreInfo, status } };
}
