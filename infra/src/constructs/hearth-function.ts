import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FunctionCode } from '../code';
import { Parameters, secretValue } from '../parameters';
import { EnvironmentSettings } from '../settings';
import { FunctionRole } from './function-role';
import { Network } from './network';

/** What both functions have in common. */
export interface SharedFunctionProps {
  readonly settings: EnvironmentSettings;
  readonly parameters: Parameters;
  readonly network: Network;
  readonly code: FunctionCode;
  /** Encrypts the environment variables, which hold the secrets. */
  readonly environmentKey: IKey;
}

export interface HearthFunctionProps extends SharedFunctionProps {
  /** Ends the function's name: `hearth-ENVIRONMENT-PURPOSE`. */
  readonly purpose: string;
  readonly timeout: Duration;
  readonly memoryMegabytes: number;
  /** Added to the environment variables that every function has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** hearth's binary as a Lambda function, in the VPC, with a log group and a role of its own. */
export class HearthFunction extends Function {
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: HearthFunctionProps) {
    // Named, so that its role can speak of it without a circle.
    const functionName = `hearth-${props.settings.environment}-${props.purpose}`;
    const functionArn = Stack.of(scope).formatArn({
      service: 'lambda',
      resource: `function:${functionName}`,
    });
    const logGroup = new LogGroup(scope, `${id}Log`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      functionName,
      runtime: Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      code: props.code.code,
      architecture: props.code.architecture,
      role: new FunctionRole(scope, `${id}Role`, {
        functionArn,
        logGroup,
        environmentKey: props.environmentKey,
      }),
      timeout: props.timeout,
      memorySize: props.memoryMegabytes,
      logGroup,
      environmentEncryption: props.environmentKey,
      environment: { ...sharedVariables(props), ...props.environment },
    });
    this.logs = logGroup;
    const resource = this.node.defaultChild as CfnFunction;
    resource.vpcConfig = {
      subnetIds: props.network.subnetIds,
      securityGroupIds: [props.network.securityGroupId],
    };
  }
}

function sharedVariables({ settings, parameters }: HearthFunctionProps): Record<string, string> {
  return {
    HEARTH_ENVIRONMENT: settings.environment,
    DATABASE_URL: secretValue(parameters.databaseUrlArn),
    REDIS_URL: secretValue(parameters.redisUrlArn),
    CACHE_WARMING_ENABLED: String(settings.warmingEnabled),
    CACHE_WARMING_TOP_N: String(settings.warmingTopN),
    CACHE_WARMING_SCHEDULE: settings.warmingSchedule,
    // A process that is frozen hears of no change: it must not keep copies of its own.
    NEAR_CACHE_TTL_MS: '0',
    LOG_FORMAT: 'json',
    // Not read by hearth: a new release changes the function, so that CloudFormation looks the
    // secrets up again and there is something new to publish as a version.
    HEARTH_RELEASE: parameters.release,
  };
}
