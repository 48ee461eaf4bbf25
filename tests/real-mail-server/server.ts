import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Certificate, createCertificate } from '../../tools/loopback/certificate.js';
import { closedPort } from '../support/bare-listener.js';

/** A Postfix of our own with Dovecot behind it for logins, both with a private configuration on loopback ports. */
export interface MailServer {
  readonly certificate: Certificate;
  /** Offers PLAIN and LOGIN. */
  readonly port: number;
  /** Offers LOGIN alone. */
  readonly loginPort: number;
  /** Asks the policy service about each recipient and about the end of each message. */
  readonly policyPort: number;
  /** The messages in the mailbox of `user@shop.example`. */
  mailbox(): readonly Buffer[];
  /** What Postfix logged so far. */
  log(): string;
  /** Kills the processes that hold sessions; Postfix starts new ones. */
  killSessions(): void;
  /** Kills the server and all that belongs to it. */
  kill(): void;
  close(): Promise<void>;
}

export const ACCOUNT = { username: 'relay@shop.example', password: 'correct horse 5928' };
export const MAXIMUM_BYTES = 2_000_000;

const NOBODY = 65_534;
const START_TIMEOUT_MS = 20_000;

/** Throws an `Error` that says what is missing, where the machine cannot run the servers. */
export function checkPrerequisites(): void {
  const missing = ['postfix', 'postconf', 'dovecot'].filter((name) => {
    try {
      execFileSync('sh', ['-c', `command -v ${name}`], { env: environment });
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')} not found. Debian: apt-get install --no-install-recommends postfix dovecot-core`,
    );
  }
  if (process.getuid?.() !== 0) throw new Error('Postfix and Dovecot start as root only.');
}

// A user's path often lacks these.
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

export async function startMailServer(policyServicePort: number): Promise<MailServer> {
  const folder = mkdtempSync('/tmp/otp-relay-mail-');
  // Both servers go on as users of their own.
  chmodSync(folder, 0o755);
  const certificate = await createCertificate();
  const [port, loginPort, policyPort] = [await closedPort(), await closedPort(), await closedPort()];
  const [postfix, dovecot] = [join(folder, 'postfix'), join(folder, 'dovecot')];

  writePostfix(folder, certificate, { port, loginPort, policyPort, policyServicePort });
  writeDovecot(folder);
  let output = '';
  const log = () => output + readText(join(folder, 'log'));
  const children = [
    spawn('dovecot', ['-F', '-c', join(dovecot, 'dovecot.conf')], { env: environment }),
    spawn('postfix', ['-c', postfix, 'start-fg'], { env: environment }),
  ];
  for (const child of children) {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
  }

  const kill = () => {
    // From the top, so that nothing is restarted.
    for (const pid of descendants(children)) tryToKill(pid);
  };
  const close = async () => {
    kill();
    await Promise.all(children.map(ended));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([port, loginPort, policyPort].map((one) => greeted(one)));
  } catch (cause) {
    const message = `The servers did not start:\n${log()}`;
    await close();
    throw new Error(message, { cause });
  }

  return {
    certificate,
    port,
    loginPort,
    policyPort,
    mailbox: () => {
      const mails = join(folder, 'mail/user/new');
      return readdirSync(mails).map((name) => readFileSync(join(mails, name)));
    },
    log,
    killSessions: () => {
      for (const pid of descendants(children)) if (nameOf(pid) === 'smtpd') tryToKill(pid);
    },
    kill,
    close,
  };
}

function writePostfix(
  folder: string,
  { key, cert }: Certificate,
  ports: { port: number; loginPort: number; policyPort: number; policyServicePort: number },
): void {
  for (const name of [
    'postfix',
    'queue',
    'data',
    'mail',
    'mail/user',
    'mail/user/new',
    'mail/user/cur',
    'mail/user/tmp',
  ]) {
    mkdirSync(join(folder, name));
    if (name.startsWith('mail')) chownSync(join(folder, name), NOBODY, NOBODY);
  }
  chownSync(join(folder, 'data'), Number(execFileSync('id', ['-u', 'postfix'])), 0);
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, 'postfix', name), content);
    return join(folder, 'postfix', name);
  };

  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
    myhostname: 'mail.shop.example',
    mydestination: '',
    inet_interfaces: 'loopback-only',
    inet_protocols: 'ipv4',
    // Else a killed process is taken for one that cannot start, and its service left alone for a minute.
    service_throttle_time: '1s',
    message_size_limit: String(MAXIMUM_BYTES),
    virtual_mailbox_limit: '0',
    virtual_mailbox_domains: 'shop.example',
    virtual_mailbox_base: join(folder, 'mail'),
    virtual_mailbox_maps: `texthash:${file('mailboxes', 'user@shop.example user/\n')}`,
    virtual_uid_maps: `static:${NOBODY}`,
    virtual_gid_maps: `static:${NOBODY}`,
    smtpd_tls_cert_file: file('cert.pem', cert),
    smtpd_tls_key_file: file('key.pem', key),
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_loglevel: '1',
    smtpd_sasl_auth_enable: 'yes',
    smtpd_sasl_type: 'dovecot',
    smtpd_sasl_path: join(folder, 'dovecot/auth'),
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
    smtpd_recipient_restrictions: 'reject_unlisted_recipient',
  };
  file(
    'main.cf',
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );

  const policy = `check_policy_service,inet:127.0.0.1:${ports.policyServicePort}`;
  const restrictions = ['recipient', 'end_of_data'].map((step) => `-o smtpd_${step}_restrictions=${policy}`);
  file(
    'master.cf',
    [
      `127.0.0.1:${ports.port} inet n - n - - smtpd`,
      `127.0.0.1:${ports.loginPort} inet n - n - - smtpd -o smtpd_sasl_mechanism_filter=login`,
      `127.0.0.1:${ports.policyPort} inet n - n - - smtpd ${restrictions.join(' ')}`,
      'cleanup unix n - n - 0 cleanup',
      'qmgr unix n - n 300 1 qmgr',
      'tlsmgr unix - - n 1000? 1 tlsmgr',
      'rewrite unix - - n - - trivial-rewrite',
      'bounce unix - - n - 0 bounce',
      'defer unix - - n - 0 bounce',
      'trace unix - - n - 0 bounce',
      'flush unix n - n 1000? 0 flush',
      'proxymap unix - - n - - proxymap',
      'error unix - - n - - error',
      'retry unix - - n - - error',
      'virtual unix - n n - - virtual',
      'anvil unix - - n - 1 anvil',
      'postlog unix-dgram n - n - 1 postlogd',
      '',
    ].join('\n'),
  );
}

function writeDovecot(folder: string): void {
  for (const name of ['dovecot', 'dovecot/run']) mkdirSync(join(folder, name));
  const users = join(folder, 'dovecot/users');
  writeFileSync(users, `${ACCOUNT.username}:{PLAIN}${ACCOUNT.password}\n`);
  writeFileSync(
    join(folder, 'dovecot/dovecot.conf'),
    `
base_dir = ${folder}/dovecot/run
log_path = /dev/stderr
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
passdb {
  driver = passwd-file
  args = ${users}
}
userdb {
  driver = static
  args = uid=${NOBODY} gid=${NOBODY} home=/nonexistent
}
service auth {
  unix_listener ${folder}/dovecot/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
`,
  );
}

/** Waits until a server says that it is ready. */
async function greeted(port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const isReady = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('data', () => {
        resolve(true);
        socket.destroy();
      });
      socket.on('close', () => {
        resolve(false);
      });
      socket.on('error', () => undefined);
    });
    if (isReady) return;
    if (Date.now() > deadline) throw new Error(`no greeting on port ${port}`);
    await delay(100);
  }
}

/** The processes of the given ones, parents first. */
function descendants(children: readonly ChildProcess[]): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const status = /^\d+$/.test(name) ? readText(`/proc/${name}/status`) : '';
    const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = children.flatMap(({ pid }) => pid ?? []);
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

function nameOf(pid: number): string | undefined {
  return /^Name:\s*(\S+)$/m.exec(readText(`/proc/${pid}/status`))?.[1];
}

/** Empty where there is no such file: not yet, or a process has ended. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
}
