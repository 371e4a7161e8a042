import { Duration } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { HearthFunction, SharedFunctionProps } from './hearth-function';

export interface WarmFunctionProps extends SharedFunctionProps {
  /** Where an event goes that could not be worked off in three attempts. */
  readonly deadLetters: IQueue;
}

/**
 * The function that warms the cache: by the schedule, by hand, and as the hook of a deployment. It
 * is the same binary as the API's, and knows by the event's shape what is asked of it.
 */
export class WarmFunction extends HearthFunction {
  constructor(scope: Construct, id: string, props: WarmFunctionProps) {
    super(scope, id, {
      ...props,
      purpose: 'warm',
      timeout: Duration.seconds(30),
      memoryMegabytes: 512,
    });
    // A repeated event is harmless; one that is older than this is for the next run.
    this.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.minutes(30),
      onFailure: new SqsDestination(props.deadLetters),
    });
  }
}
