import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** The CloudWatch namespace of all metrics. */
export const NAMESPACE = 'OtpRelay';

/** What is counted. `refused` carries a reason. */
export type MetricName =
  | 'accepted'
  | 'dryRun'
  | 'queued'
  | 'retried'
  | 'replayed'
  | 'unconfirmed'
  | 'refused'
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
  /** The default app where it is undefined. */
  readonly app?: string | undefined;
  readonly provider?: string | undefined;
  readonly reason?: string | undefined;
  readonly count: MetricName;
  readonly providerLatencyMs?: number | undefined;
}

export type Measure = (measurement: Measurement) => void;

/**
 * Writes metrics in CloudWatch's embedded metric format, one line a measurement: by service and channel, for alarms,
 * and where known also by provider and app, and by reason.
 *
 * @param serviceName tells stages in one account apart.
 */
export function createMeasure(serviceName: string, write: (line: string) => void): Measure {
  const channels = new Map<string, Metrics>();
  const metricsOf = (channel: string): Metrics => {
    let metrics = channels.get(channel);
    if (metrics === undefined) {
      const defaultDimensions = { channel };
      metrics = new Metrics({ namespace: NAMESPACE, serviceName, defaultDimensions });
      channels.set(channel, metrics);
    }
    return metrics;
  };

  return ({ channel, app, provider, reason, count, providerLatencyMs }) => {
    const metrics = metricsOf(channel);
    metrics.addDimensions({});
    if (provider !== undefined) metrics.addDimensions({ provider, app: app ?? 'default' });
    if (reason !== undefined) metrics.addDimensions({ reason });
    metrics.addMetric(count, MetricUnit.Count, 1);
    if (providerLatencyMs !== undefined) {
      metrics.addMetric('providerLatency', MetricUnit.Milliseconds, providerLatencyMs);
    }
    write(JSON.stringify(metrics.serializeMetrics()));
    metrics.clearMetrics();
    metrics.clearDimensions();
  };
}
