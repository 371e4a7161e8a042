import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Events that started no warm run in spite of all attempts: kept for two weeks, to be looked at. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string, environment: string) {
    super(scope, id, {
      queueName: `hearth-${environment}-warm-dead-letters`,
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
  }
}
