import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { IFunction } from 'aws-cdk-lib/aws-lambda';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EnvironmentSettings } from '../settings';

export interface WarmingScheduleProps {
  readonly settings: EnvironmentSettings;
  readonly target: IFunction;
  readonly deadLetters: IQueue;
}

/** The base of the rule's name; production's rule has just this name. */
export const ruleName = 'feature-flags-cache-warming';

/** The EventBridge rule that starts the scheduled warm runs; off where warming is off. */
export class WarmingSchedule extends Rule {
  constructor(scope: Construct, id: string, props: WarmingScheduleProps) {
    const { environment } = props.settings;
    super(scope, id, {
      // One account may hold several environments.
      ruleName: environment === 'production' ? ruleName : `${ruleName}-${environment}`,
      description: `Warms the cache of hearth's ${environment}`,
      schedule: Schedule.expression(props.settings.warmingSchedule),
      enabled: props.settings.warmingEnabled,
    });
    this.addTarget(
      new LambdaFunction(props.target, {
        // EventBridge delivers at least once: id and time are what a second delivery is known by.
        event: RuleTargetInput.fromObject({
          triggerType: 'scheduled',
          id: EventField.eventId,
          time: EventField.time,
        }),
        retryAttempts: 3,
        maxEventAge: Duration.minutes(30),
        deadLetterQueue: props.deadLetters,
      }),
    );
  }
}
