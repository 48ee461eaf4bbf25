import { readdirSync, readFileSync } from 'node:fs';

const LIB = new URL('../../lib/', import.meta.url);

/** Ways to wait and to draw lots that no simulated world sees. */
const DIRECT =
  /\b(?:set(?:Timeout|Interval|Immediate)|Date\.now|performance\.now|Math\.random|AbortSignal\.timeout|random(?:UUID|Bytes|Int))\b|new Date\(\)/;
/** Where the defaults of what is injected are made, and what stands behind them: sockets, which have turns of their own. */
const DEFAULTS = [
  'clock.ts',
  'email/smtp/pool.ts',
  'email/smtp/session.ts',
  'net/secure-agent.ts',
  'net/transport.ts',
  'relay/container.ts',
];

test('waiting and chance come from what is injected', () => {
  const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'));
  const found = files.filter((name) => {
    const code = readFileSync(new URL(name, LIB), 'utf8').replaceAll(/^ *(?:\/\*\*|\*|\/\/).*$/gm, '');
    return DIRECT.test(code);
  });
  expect(found.sort()).toEqual(DEFAULTS);
});
