import { CfnParameter, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';

const secretArnPattern = '^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[!-~]+$';

/**
 * What only the account's owner knows, as CloudFormation parameters: the same template is then right
 * for every account, and can be deployed with and without CDK.
 */
export class Parameters {
  /** Name of this release; a new one makes CloudFormation publish and deploy a new version. */
  readonly release: string;
  readonly vpcId: string;
  readonly subnetIds: string[];
  readonly databasePort: number;
  readonly redisPort: number;
  /** ARNs of secrets whose whole value is the URL, or the token. */
  readonly databaseUrlArn: string;
  readonly redisUrlArn: string;
  readonly adminTokenArn: string;
  /** May be empty: then nobody is subscribed to the alarms by this stack. */
  readonly alarmEmail: string;
  /** `create` or `none`. */
  readonly codeDeployEndpoint: string;

  constructor(scope: Construct) {
    this.release = text(scope, 'Release', {
      description: 'Name of this release, another one at every deployment, such as 1.4.0-3',
      allowedPattern: '^[A-Za-z0-9._-]{1,64}$',
    });
    this.vpcId = text(scope, 'VpcId', {
      description: 'The VPC of the database and of Redis',
      type: 'AWS::EC2::VPC::Id',
    });
    this.subnetIds = new CfnParameter(scope, 'SubnetIds', {
      description: 'Private subnets, in two availability zones or more',
      type: 'List<AWS::EC2::Subnet::Id>',
    }).valueAsList;
    this.databasePort = port(scope, 'DatabasePort', 5432);
    this.redisPort = port(scope, 'RedisPort', 6379);
    this.databaseUrlArn = secretArn(scope, 'DatabaseUrlArn', 'DATABASE_URL');
    this.redisUrlArn = secretArn(scope, 'RedisUrlArn', 'REDIS_URL');
    this.adminTokenArn = secretArn(scope, 'AdminTokenArn', 'ADMIN_TOKEN');
    this.alarmEmail = text(scope, 'AlarmEmail', {
      description: 'Who is told of alarms by mail; empty: nobody',
      default: '',
      allowedPattern: '^$|^[^@ ]+@[^@ ]+$',
    });
    this.codeDeployEndpoint = text(scope, 'CodeDeployEndpoint', {
      description: 'none: the subnets reach CodeDeploy already (NAT, or an endpoint that is there)',
      default: 'create',
      allowedValues: ['create', 'none'],
    });
  }
}

/** A reference that CloudFormation replaces by the secret's value while it deploys. */
export function secretValue(arn: string): string {
  return Fn.join('', ['{{resolve:secretsmanager:', arn, ':SecretString}}']);
}

function text(scope: Construct, name: string, props: ConstructorParameters<typeof CfnParameter>[2]) {
  return new CfnParameter(scope, name, props).valueAsString;
}

function port(scope: Construct, name: string, standard: number): number {
  return new CfnParameter(scope, name, {
    type: 'Number',
    default: standard,
    minValue: 1,
    maxValue: 65535,
  }).valueAsNumber;
}

function secretArn(scope: Construct, name: string, variable: string): string {
  return text(scope, name, {
    description: `ARN of the secret whose whole text is ${variable}`,
    allowedPattern: secretArnPattern,
  });
}
