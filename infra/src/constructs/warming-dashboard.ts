import { Duration } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, GraphWidget, IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { hearthMetric, hitRate, metricNames } from '../metrics';

export interface WarmingDashboardProps {
  readonly environment: string;
  readonly api: HttpApi;
  readonly apiFunction: IFunction;
  readonly warmFunction: IFunction;
}

const period = Duration.minutes(5);

/** One page that says whether the cache is warm, and what it costs when it is not. */
export class WarmingDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: WarmingDashboardProps) {
    super(scope, id, {
      dashboardName: `hearth-${props.environment}`,
      defaultInterval: Duration.hours(6),
    });
    this.addWidgets(...warmRuns(props.environment));
    this.addWidgets(...reads(props.environment));
    this.addWidgets(...functions(props));
  }
}

function warmRuns(environment: string): GraphWidget[] {
  const { warmingDuration, warmedFlags, warmingErrors } = metricNames;
  return [
    graph('Warm runs: duration (ms)', [
      hearthMetric(environment, warmingDuration, 'Average', period),
      hearthMetric(environment, warmingDuration, 'Maximum', period),
    ]),
    graph('Warm runs: flags', [hearthMetric(environment, warmedFlags, 'Average', period)]),
    graph('Warm runs: errors', [hearthMetric(environment, warmingErrors, 'Sum', period)]),
  ];
}

function reads(environment: string): GraphWidget[] {
  const { hits, misses, databaseReads } = metricNames;
  return [
    graph('Hit rate (%)', [hitRate(environment, period)]),
    graph('Database reads', [hearthMetric(environment, databaseReads, 'Sum', period)]),
    graph('Reads', [
      hearthMetric(environment, hits, 'Sum', period),
      hearthMetric(environment, misses, 'Sum', period),
    ]),
  ];
}

function functions(props: WarmingDashboardProps): GraphWidget[] {
  return [
    graph('API: latency (ms)', [
      props.api.metricLatency({ statistic: 'p50', period, label: 'p50' }),
      props.api.metricLatency({ statistic: 'p99', period, label: 'p99' }),
    ]),
    graph('API: requests and failures', [
      props.api.metricCount({ statistic: 'Sum', period }),
      props.api.metricServerError({ statistic: 'Sum', period }),
    ]),
    graph('Functions: invocations and errors', [
      props.apiFunction.metricErrors({ period, label: 'API errors' }),
      props.warmFunction.metricInvocations({ period, label: 'warm invocations' }),
      props.warmFunction.metricErrors({ period, label: 'warm errors' }),
    ]),
  ];
}

function graph(title: string, metrics: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: metrics, leftYAxis: { min: 0 }, width: 8, height: 6 });
}
