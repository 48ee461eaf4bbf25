import { pythonTool } from '../support/python.js';
import { type PythonServer, startPythonServer } from '../support/python-server.js';

export interface Emulator extends PythonServer {
  /** What was accepted, by MiniStack's own endpoints. */
  mails(): Promise<Mail[]>;
  texts(phoneNumber: string): Promise<Text[]>;
}

export interface Mail {
  readonly MessageId: string;
  readonly Source: string;
  readonly To: readonly string[];
  readonly Subject: string;
  readonly BodyText: string;
  readonly BodyHtml: string;
}

export interface Text {
  readonly Message: string;
}

/** Starts MiniStack, an AWS in one process; functions run in Node processes of this machine. */
export async function startEmulator(): Promise<Emulator> {
  const server = await startPythonServer(
    pythonTool('ministack'),
    (port) => ({
      env: { GATEWAY_PORT: port, EDGE_PORT: port, BIND_HOST: '127.0.0.1', LAMBDA_EXECUTOR: 'local' },
    }),
    '_ministack/health',
  );
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${server.endpoint}/_ministack/${path}`);
    return (await response.json()) as T;
  };
  return {
    ...server,
    mails: async () => {
      const { messages } = await get<{ messages: Record<string, Mail[]> }>('ses/messages');
      return Object.values(messages).flat();
    },
    texts: async (phoneNumber) => {
      const query = new URLSearchParams({ phoneNumber }).toString();
      const { sms_messages: found } = await get<{ sms_messages: Record<string, Text[]> }>(
        `sns/sms-messages?${query}`,
      );
      return found[phoneNumber] ?? [];
    },
  };
}
