import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';

/** The namespace of the metrics in hearth's log lines (CloudWatch's Embedded Metric Format). */
export const metricNamespace = 'Hearth';

/** The names of hearth's own metrics, as the binary writes them. */
export const metricNames = {
  /** Milliseconds; one value a warm run. */
  warmingDuration: 'cache_warming_duration',
  /** How many flags a warm run has warmed; one value a run. */
  warmedFlags: 'cache_warming_flags_count',
  /** 1 for a run that failed, 0 for one that did not. */
  warmingErrors: 'cache_warming_errors',
  /** Reads of a flag that a cache answered, since the line before. */
  hits: 'cache_hits',
  /** Reads of a flag that no cache answered, since the line before. */
  misses: 'cache_misses',
  /** Queries that went to the database because of reads, since the line before. */
  databaseReads: 'database_reads',
} as const;

/** One of hearth's own metrics. */
export type MetricName = (typeof metricNames)[keyof typeof metricNames];

/**
 * One of hearth's own metrics in `environment`, with exactly the dimension that the binary writes:
 * CloudWatch knows a metric only by all of its dimensions.
 */
export function hearthMetric(
  environment: string,
  name: MetricName,
  statistic: string,
  period: Duration,
): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap: { Environment: environment },
    statistic,
    period,
  });
}

/** The part of reads, in percent, that a cache answered; no value while nothing is read. */
export function hitRate(environment: string, period: Duration): MathExpression {
  return new MathExpression({
    expression: '100 * hits / (hits + misses)',
    label: 'hit rate',
    period,
    usingMetrics: {
      hits: hearthMetric(environment, metricNames.hits, 'Sum', period),
      misses: hearthMetric(environment, metricNames.misses, 'Sum', period),
    },
  });
}
