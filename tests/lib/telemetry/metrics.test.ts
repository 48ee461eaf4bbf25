import { createMeasure, type Measurement } from '../../../lib/telemetry/metrics.js';

type Root = Readonly<Record<string, unknown>> & {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
};

function lineOf(measurement: Measurement): Root {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  createMeasure({ service: 'otp-relay-prod', write, now: () => 1_700_000_000_000 })(measurement);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  return JSON.parse(lines[0] ?? '') as Root;
}

const MEASUREMENTS: readonly Measurement[] = [
  { channel: 'email', count: 'accepted' },
  { channel: 'email', provider: 'ses', count: 'accepted', providerLatencyMs: 12.5 },
  { channel: 'sms', app: 'SHOP', provider: 'sns', reason: 'transient', count: 'providerFailure' },
  { channel: 'sms', reason: 'malformed', count: 'refused' },
];

// Amazon CloudWatch user guide, "Specification: Embedded metric format".
test.each(MEASUREMENTS)('%j keeps the rules of the embedded metric format', (measurement) => {
  const { _aws, ...members } = lineOf(measurement);
  expect(_aws.Timestamp).toBe(1_700_000_000_000);
  expect(_aws.CloudWatchMetrics).toHaveLength(1);
  for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
    expect(Namespace).toMatch(/^.{1,255}$/);
    expect(Dimensions.length).toBeGreaterThan(0);
    for (const set of Dimensions) {
      expect(set.length).toBeLessThanOrEqual(30);
      for (const name of set) expect(members[name]).toEqual(expect.stringMatching(/^.{1,1024}$/));
    }
    expect(Metrics.length).toBeLessThanOrEqual(100);
    for (const { Name, Unit } of Metrics) {
      expect(members[Name]).toEqual(expect.any(Number));
      expect(['Count', 'Milliseconds']).toContain(Unit);
    }
  }
});

test('a measurement is found by channel, by provider and app, and by reason', () => {
  const { _aws, ...members } = lineOf({
    channel: 'email',
    app: 'SHOP',
    provider: 'ses',
    reason: 'transient',
    count: 'providerFailure',
  });
  expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([
    ['service', 'channel'],
    ['service', 'channel', 'provider', 'app'],
    ['service', 'channel', 'reason'],
  ]);
  expect(members).toEqual({
    service: 'otp-relay-prod',
    channel: 'email',
    provider: 'ses',
    app: 'SHOP',
    reason: 'transient',
    providerFailure: 1,
  });
});

test('the default app has a name, and a latency has a unit', () => {
  const { _aws, ...members } = lineOf({
    channel: 'email',
    provider: 'ses',
    count: 'accepted',
    providerLatencyMs: 12.5,
  });
  expect(members).toMatchObject({ app: 'default', accepted: 1, providerLatency: 12.5 });
  expect(_aws.CloudWatchMetrics[0]?.Metrics).toEqual([
    { Name: 'accepted', Unit: 'Count' },
    { Name: 'providerLatency', Unit: 'Milliseconds' },
  ]);
});
