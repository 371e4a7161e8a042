import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { hearthMetric, metricNames } from '../metrics';
import { EnvironmentSettings } from '../settings';

export interface WarmingAlarmsProps {
  readonly settings: EnvironmentSettings;
  readonly topic: ITopic;
  readonly deadLetters: IQueue;
  /** Name of the rule that starts the scheduled runs. */
  readonly ruleName: string;
}

/** Runs that fail, runs that are missing, and events that started none. None stops a deployment. */
export class WarmingAlarms extends Construct {
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: WarmingAlarmsProps) {
    super(scope, id);
    this.action = new SnsAction(props.topic);
    this.addFailedRuns(props.settings);
    // Where nothing is scheduled, nothing is missing.
    if (props.settings.warmingEnabled) {
      this.addMissingRuns(props.settings);
      this.addSilentSchedule(props.settings, props.ruleName);
    }
    this.addDeadLetters(props.settings, props.deadLetters);
  }

  private addFailedRuns(settings: EnvironmentSettings): void {
    // A failed run is 1 and comes once in the schedule's interval: the period holds two of them.
    const period = Duration.hours(settings.warmingErrorsWithinHours);
    new Alarm(this, 'FailedRuns', {
      alarmName: `hearth-${settings.environment}-cache-warming-errors`,
      alarmDescription: 'Cache warming fails: docs/runbooks/cache-warming-failures.md',
      metric: hearthMetric(settings.environment, metricNames.warmingErrors, 'Sum', period),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(this.action);
  }

  private addMissingRuns(settings: EnvironmentSettings): void {
    this.addAbsence(settings, {
      id: 'MissingRuns',
      name: 'cache-warming-missing',
      description: 'No warm run has ended: docs/infrastructure/aws.md',
      metric: hearthMetric(
        settings.environment,
        metricNames.warmingDuration,
        'SampleCount',
        Duration.hours(1),
      ),
    });
  }

  // Apart from the runs themselves, of which a cold start of the API's function makes some too.
  private addSilentSchedule(settings: EnvironmentSettings, ruleName: string): void {
    this.addAbsence(settings, {
      id: 'SilentSchedule',
      name: 'cache-warming-schedule-silent',
      description: 'The schedule does not fire: docs/infrastructure/aws.md',
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'Invocations',
        dimensionsMap: { RuleName: ruleName },
        statistic: 'Sum',
        period: Duration.hours(1),
      }),
    });
  }

  private addAbsence(
    settings: EnvironmentSettings,
    absence: { id: string; name: string; description: string; metric: Metric },
  ): void {
    new Alarm(this, absence.id, {
      alarmName: `hearth-${settings.environment}-${absence.name}`,
      alarmDescription: absence.description,
      metric: absence.metric,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: settings.warmingExpectedWithinHours,
      treatMissingData: TreatMissingData.BREACHING,
    }).addAlarmAction(this.action);
  }

  private addDeadLetters(settings: EnvironmentSettings, deadLetters: IQueue): void {
    new Alarm(this, 'DeadLetters', {
      alarmName: `hearth-${settings.environment}-cache-warming-dead-letters`,
      alarmDescription: 'An event has started no warm run: docs/infrastructure/aws.md',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(5),
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(this.action);
  }
}
