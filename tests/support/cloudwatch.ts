/** One value that CloudWatch read from a log line. */
export interface Datapoint {
  readonly metric: string;
  readonly time: number;
  readonly value: number;
}

/** The part of an `AWS::CloudWatch::Alarm` that decides when it rings. */
export interface AlarmProperties {
  readonly AlarmName: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Statistic: string;
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
}

interface EmbeddedMetrics {
  readonly _aws?: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/** A metric is its namespace, its name and its exact set of dimensions (CloudWatch user guide, "Dimensions"). */
function keyOf(namespace: string, name: string, dimensions: readonly (readonly [string, unknown])[]): string {
  return JSON.stringify([namespace, name, [...dimensions].sort()]);
}

/** CloudWatch user guide, "Specification: Embedded metric format". */
export function readEmbeddedMetrics(lines: readonly string[]): Datapoint[] {
  return lines.flatMap((line) => {
    const document = JSON.parse(line) as EmbeddedMetrics;
    const { _aws: metadata } = document;
    return (metadata?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((set) =>
        Metrics.map(({ Name }) => ({
          metric: keyOf(
            Namespace,
            Name,
            set.map((name) => [name, document[name]] as const),
          ),
          time: metadata?.Timestamp ?? NaN,
          value: Number(document[Name]),
        })),
      ),
    );
  });
}

/**
 * Whether an alarm rings at any time: in that many periods in a row its statistic is at or above the threshold, and
 * periods without data are good (CloudWatch user guide, "Evaluating an alarm", `notBreaching`).
 */
export function rings(alarm: AlarmProperties, datapoints: readonly Datapoint[]): boolean {
  const { Namespace, MetricName, Dimensions = [], Statistic, ComparisonOperator } = alarm;
  if (Statistic !== 'Sum' || ComparisonOperator !== 'GreaterThanOrEqualToThreshold') {
    throw new Error(`${alarm.AlarmName} is of a kind that is not evaluated here`);
  }
  const metric = keyOf(
    Namespace,
    MetricName,
    Dimensions.map(({ Name, Value }) => [Name, Value] as const),
  );
  const sums = new Map<number, number>();
  for (const { time, value } of datapoints.filter((found) => found.metric === metric)) {
    const period = Math.floor(time / (alarm.Period * 1000));
    sums.set(period, (sums.get(period) ?? 0) + value);
  }
  const isBreaching = (period: number) => (sums.get(period) ?? -Infinity) >= alarm.Threshold;
  return [...sums.keys()].some((first) =>
    Array.from({ length: alarm.EvaluationPeriods }, (_, index) => first + index).every(isBreaching),
  );
}
