/** The CloudWatch namespace of all metrics. */
export const NAMESPACE = 'OtpRelay';

/** What is counted. `refused`, `doubtful`, `rangeCapped` and `providerFailure` carry a reason. */
export type MetricName =
  | 'accepted'
  | 'doubtful'
  | 'dryRun'
  | 'queued'
  | 'retried'
  | 'replayed'
  | 'unconfirmed'
  | 'refused'
  | 'rangeCapped'
  | 'rejected'
  | 'misconfigured'
  | 'transient'
  | 'expired'
  | 'failed'
  | 'stateStoreDown'
  | 'secretStoreDown'
  | 'queueDown'
  | 'providerFailure';

/** The metrics of one event. */
export interface Measurement {
  readonly channel: string;
  /** Undefined for the default app. */
  readonly app?: string | undefined;
  readonly provider?: string | undefined;
  readonly reason?: string | undefined;
  readonly count: MetricName;
  readonly providerLatencyMs?: number | undefined;
}

export type Measure = (measurement: Measurement) => void;

/**
 * Writes metrics in CloudWatch's embedded metric format, one line per measurement: by service and channel, for alarms,
 * and if known also by provider and app, and by reason. Written by hand because a library would add 8 kB to every
 * function's start.
 *
 * @param options.service tells the stages of one account apart.
 * @param options.now milliseconds since the Unix epoch.
 */
export function createMeasure(options: {
  service: string;
  write: (line: string) => void;
  now: () => number;
}): Measure {
  const { service, write, now } = options;
  return ({ channel, app, provider, reason, count, providerLatencyMs }) => {
    const common = { service, channel };
    const byProvider = provider === undefined ? [] : [{ provider, app: app ?? 'default' }];
    const byReason = reason === undefined ? [] : [{ reason }];
    // Lets one alarm watch the table, whichever function finds it down.
    const byService = count === 'stateStoreDown' ? [{ service }] : [];
    const sets = [
      common,
      ...byService,
      ...[...byProvider, ...byReason].map((set) => ({ ...common, ...set })),
    ];
    const latency = providerLatencyMs === undefined ? {} : { providerLatency: providerLatencyMs };
    const metrics = [
      { Name: count, Unit: 'Count' },
      ...Object.keys(latency).map((name) => ({ Name: name, Unit: 'Milliseconds' })),
    ];
    const directive = { Namespace: NAMESPACE, Dimensions: sets.map(Object.keys), Metrics: metrics };
    const metadata = { Timestamp: now(), CloudWatchMetrics: [directive] };
    write(JSON.stringify(Object.assign({ _aws: metadata, [count]: 1, ...latency }, ...sets)));
  };
}
