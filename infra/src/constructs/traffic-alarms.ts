import { Duration } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { EnvironmentSettings } from '../settings';
import { liveAlias } from './api-function';

export interface TrafficAlarmsProps {
  readonly settings: EnvironmentSettings;
  readonly topic: ITopic;
  readonly api: HttpApi;
}

/** What users would notice. Either of these during a deployment takes the deployment back. */
export class TrafficAlarms extends Construct {
  readonly all: Alarm[];

  constructor(scope: Construct, id: string, props: TrafficAlarmsProps) {
    super(scope, id);
    const { environment } = props.settings;
    // Written out, because the deployment refers to this alarm, and the alias to the deployment.
    const functionName = `hearth-${environment}-api`;
    const invocationErrors = new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensionsMap: { FunctionName: functionName, Resource: `${functionName}:${liveAlias}` },
      statistic: 'Sum',
      period: Duration.minutes(1),
    });
    const serverErrors = props.api.metricServerError({
      statistic: 'Sum',
      period: Duration.minutes(1),
    });
    this.all = [
      this.alarm('InvocationErrors', `hearth-${environment}-invocation-errors`, invocationErrors),
      this.alarm('ServerErrors', `hearth-${environment}-server-errors`, serverErrors),
    ];
    for (const alarm of this.all) alarm.addAlarmAction(new SnsAction(props.topic));
  }

  private alarm(id: string, alarmName: string, metric: Metric): Alarm {
    return new Alarm(this, id, {
      alarmName,
      alarmDescription: 'More than 5 requests failed within a minute: docs/infrastructure/aws.md',
      metric,
      threshold: 5,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
