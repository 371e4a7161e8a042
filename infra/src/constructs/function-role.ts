import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** What Lambda does in this role to connect a function to a VPC. */
const networkInterfaceActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export interface FunctionRoleProps {
  readonly functionArn: string;
  readonly logGroup: LogGroup;
  /** Decrypts the function's environment variables. */
  readonly environmentKey: IKey;
}

/**
 * The role of one function: its own log group, the key of its
 * environment variables, and network interfaces, which are for Lambda alone;
 * code of the function that asks EC2 for them is refused, as AWS advises.
 */
export class FunctionRole extends Role {
  constructor(scope: Construct, id: string, props: FunctionRoleProps) {
    super(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.addToPolicy(
      new PolicyStatement({
        sid: 'WriteOwnLog',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [props.logGroup.logGroupArn],
      }),
    );
    this.addToPolicy(
      new PolicyStatement({
        sid: 'ReadOwnEnvironment',
        actions: ['kms:Decrypt'],
        resources: [props.environmentKey.keyArn],
      }),
    );
    this.addToPolicy(
      new PolicyStatement({
        sid: 'ConnectToVpc',
        actions: networkInterfaceActions,
        // EC2 knows no narrower resource for the interfaces that Lambda makes.
        resources: ['*'],
      }),
    );
    this.addToPolicy(
      new PolicyStatement({
        sid: 'NotFromWithinTheFunction',
        effect: Effect.DENY,
        actions: networkInterfaceActions,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': props.functionArn } },
      }),
    );
  }
}
