import { createServer, type Socket } from 'node:net';

/** The moment at which Postfix asks: about a recipient, or when it has read a message to its end. */
export type Stage = 'RCPT' | 'END-OF-MESSAGE';

export interface PolicyService {
  readonly port: number;
  /** Called at each question, before the answer, which is always to go on. */
  onQuestion: (stage: Stage) => void;
  close(): Promise<void>;
}

/** Answers Postfix's access policy delegation protocol (SMTPD_POLICY_README), to act at a known moment. */
export async function startPolicyService(): Promise<PolicyService> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const stage = /^protocol_state=(.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        service.onQuestion(stage as Stage);
        socket.write('action=DUNNO\n\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: PolicyService = {
    port: (server.address() as { port: number }).port,
    onQuestion: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        sockets.forEach((socket) => socket.destroy());
      }),
  };
  return service;
}
