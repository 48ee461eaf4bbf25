import { splitApps } from '../../lib/settings/settings.js';
import type { Check, DoctorContext } from '../../tools/doctor/finding.js';
import { stageUse } from '../../tools/serverless/stage-use.cjs';
import { startAwsApi } from './aws-api.js';

/** What a check finds, one line each, where AWS answers as `handle` says. */
export async function findingsOf(
  check: Check,
  settings: Readonly<Record<string, string>>,
  handle: Parameters<typeof startAwsApi>[0],
): Promise<string[]> {
  const api = await startAwsApi(handle);
  try {
    const findings = await check.run({
      apps: splitApps(settings),
      use: stageUse(settings),
      parameters: () => Promise.resolve(new Map()),
      client: api.clientIn('us-east-1'),
    } as unknown as DoctorContext);
    return findings.map(({ level, text }) => `${level} ${text}`);
  } finally {
    await api.close();
  }
}
