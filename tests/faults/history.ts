import type { Rule } from './judge.js';
import type { Call, Visit } from './record.js';
import type { Run, Story } from './run.js';

/** What happened to a webhook, with a time for each line: milliseconds before or after its deadline. */
export function describe(story: Story, rules: readonly Rule[], { lines, clearsAt }: Run): string {
  const { number, channel, route, visits, calls, deadline } = story;
  const events = [
    ...visits.flatMap((visit) => describeVisit(visit, lines.get(visit) ?? [])),
    ...calls.map((call) => [call.sentAt, describeCall(call)] as const),
    [deadline, 'deadline'] as const,
    [clearsAt, 'all is well from now on'] as const,
  ].sort(([one], [other]) => one - other);
  const shown = events.map(([at, text]) => `  ${String(at - deadline).padStart(7)}  ${text}`);
  return [`${channel} ${number} by ${route.join()}: ${[...new Set(rules)].join('; ')}`, ...shown].join('\n');
}

function describeVisit(
  { by, sandbox, from, to, status, metrics, isTroubled }: Visit,
  lines: readonly string[],
) {
  const ending = to === undefined ? 'never ended' : `took ${to - from} ms`;
  const told =
    by === 'webhook' ? `, answered ${status ?? 'nothing'}` : isTroubled ? ', a troubled batch' : '';
  return [
    [from, `${by} ${sandbox} ${ending}${told}; counted ${metrics.join()}`] as const,
    ...lines.map((line) => [to ?? from, `${by} ${sandbox} logged ${line}`] as const),
  ];
}

function describeCall({ service, visit, sentAt, endedAt, heard, takenAt, fault }: Call): string {
  const word =
    typeof heard === 'object'
      ? `${heard.code}${heard.isWritten ? '' : ' before it wrote'}`
      : String(heard ?? 'nothing');
  return [
    `${visit === undefined ? 'somebody' : `${visit.by} ${visit.sandbox}`} called ${service}, heard ${word}`,
    ...(endedAt === undefined ? [] : [`after ${endedAt - sentAt} ms`]),
    ...(fault === undefined ? [] : [`(${fault.kind}${fault.isForwarded ? ', forwarded' : ''})`]),
    ...(takenAt === undefined ? [] : ['TAKEN']),
  ].join(' ');
}
