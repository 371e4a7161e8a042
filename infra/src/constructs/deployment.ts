import { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  LambdaApplication,
  ILambdaDeploymentConfig,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy';
import { Alias, IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EnvironmentSettings, TrafficShift } from '../settings';

export interface DeploymentProps {
  readonly settings: EnvironmentSettings;
  /** What is moved from version to version. */
  readonly alias: Alias;
  /** Called before the new version gets traffic; it must report a status to CodeDeploy. */
  readonly preHook: IFunction;
  /** Any of these during a deployment takes it back. */
  readonly alarms: IAlarm[];
}

const configurations: Readonly<Record<TrafficShift, ILambdaDeploymentConfig>> = {
  AllAtOnce: LambdaDeploymentConfig.ALL_AT_ONCE,
  Canary10Percent5Minutes: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
};

/** Moves the alias by CodeDeploy: warm first, then shift, and back if something is amiss. */
export class Deployment extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const name = `hearth-${props.settings.environment}`;
    new LambdaDeploymentGroup(this, 'Group', {
      application: new LambdaApplication(this, 'Application', { applicationName: name }),
      deploymentGroupName: name,
      alias: props.alias,
      deploymentConfig: configurations[props.settings.trafficShift],
      preHook: props.preHook,
      alarms: props.alarms,
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
    // The hook's code, and its right to report, must be there before the alias moves.
    props.alias.node.addDependency(props.preHook);
    if (props.preHook.role !== undefined) props.alias.node.addDependency(props.preHook.role);
  }
}
