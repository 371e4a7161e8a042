import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CodeSource, functionCode } from './code';
import { ApiFunction } from './constructs/api-function';
import { DeadLetters } from './constructs/dead-letters';
import { Deployment } from './constructs/deployment';
import { SharedFunctionProps } from './constructs/hearth-function';
import { HttpEntry } from './constructs/http-entry';
import { Network } from './constructs/network';
import { Notifications } from './constructs/notifications';
import { WarmingSchedule } from './constructs/schedule';
import { TrafficAlarms } from './constructs/traffic-alarms';
import { WarmFunction } from './constructs/warm-function';
import { WarmingAlarms } from './constructs/warming-alarms';
import { WarmingDashboard } from './constructs/warming-dashboard';
import { Parameters } from './parameters';
import { EnvironmentSettings } from './settings';

export interface HearthStackProps extends StackProps {
  readonly settings: EnvironmentSettings;
  readonly code: CodeSource;
  readonly architecture: Architecture;
}

/** One environment of hearth on AWS, but for the VPC, the database, Redis and the secrets. */
export class HearthStack extends Stack {
  constructor(scope: Construct, id: string, props: HearthStackProps) {
    super(scope, id, props);
    const { settings } = props;
    const parameters = new Parameters(this);
    const shared: SharedFunctionProps = {
      settings,
      parameters,
      network: new Network(this, 'Network', parameters),
      code: functionCode(this, props.code, props.architecture),
      environmentKey: new Key(this, 'EnvironmentKey', {
        description: `The functions' environment variables of hearth's ${settings.environment}`,
        enableKeyRotation: true,
        pendingWindow: Duration.days(7),
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    };
    const deadLetters = new DeadLetters(this, 'DeadLetters', settings.environment);
    const warm = new WarmFunction(this, 'Warm', { ...shared, deadLetters });
    const api = new ApiFunction(this, 'Api', shared);
    const entry = new HttpEntry(this, 'Http', { settings, target: api.alias });
    const schedule = new WarmingSchedule(this, 'Schedule', { settings, target: warm, deadLetters });
    const { topic } = new Notifications(
      this,
      'Notifications',
      settings.environment,
      parameters.alarmEmail,
    );
    const traffic = new TrafficAlarms(this, 'TrafficAlarms', { settings, topic, api: entry.api });
    new WarmingAlarms(this, 'WarmingAlarms', {
      settings,
      topic,
      deadLetters,
      ruleName: schedule.ruleName,
    });
    new Deployment(this, 'Deployment', {
      settings,
      alias: api.alias,
      preHook: warm,
      alarms: traffic.all,
    });
    new WarmingDashboard(this, 'Dashboard', {
      environment: settings.environment,
      api: entry.api,
      apiFunction: api.lambda,
      warmFunction: warm,
    });
    this.addOutputs(entry.url, shared.network.securityGroupId, topic.topicArn);
  }

  private addOutputs(url: string, securityGroupId: string, topicArn: string): void {
    new CfnOutput(this, 'Url', { value: url, description: 'Where the API answers' });
    new CfnOutput(this, 'SecurityGroupId', {
      value: securityGroupId,
      description: 'To be admitted at the database and at Redis',
    });
    new CfnOutput(this, 'AlarmTopicArn', {
      value: topicArn,
      description: 'To be subscribed to by whoever is paged',
    });
  }
}
