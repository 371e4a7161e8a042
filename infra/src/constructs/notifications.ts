import { Aws, CfnCondition, Fn } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** The topic that all alarms go to. A pager is subscribed to it by its own HTTPS address. */
export class Notifications extends Construct {
  readonly topic: Topic;

  /** @param email may be a parameter's value; empty: no subscription. */
  constructor(scope: Construct, id: string, environment: string, email: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: `hearth-${environment}-alarms`,
      displayName: `hearth ${environment}`,
      enforceSSL: true,
    });
    // A topic with a policy has lost the one that lets the account's alarms publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    const subscription = new CfnSubscription(this, 'Email', {
      topicArn: this.topic.topicArn,
      protocol: 'email',
      endpoint: email,
    });
    subscription.cfnOptions.condition = new CfnCondition(this, 'EmailGiven', {
      expression: Fn.conditionNot(Fn.conditionEquals(email, '')),
    });
  }
}
