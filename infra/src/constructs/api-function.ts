import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { Alias, Version } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { secretValue } from '../parameters';
import { HearthFunction, SharedFunctionProps } from './hearth-function';

/** The alias that gets the traffic. */
export const liveAlias = 'live';

/** The function that answers HTTP, with the alias `live` on the version of the present release. */
export class ApiFunction extends Construct {
  readonly lambda: HearthFunction;
  readonly alias: Alias;

  constructor(scope: Construct, id: string, props: SharedFunctionProps) {
    super(scope, id);
    this.lambda = new HearthFunction(this, 'Function', {
      ...props,
      purpose: 'api',
      timeout: Duration.seconds(10),
      memoryMegabytes: props.settings.apiMemoryMegabytes,
      environment: { ADMIN_TOKEN: secretValue(props.parameters.adminTokenArn) },
    });
    const version = new Version(this, 'Version', {
      lambda: this.lambda,
      // Every property of a version is final: another description is another version.
      description: Fn.join('', ['release ', props.parameters.release, ', ', props.code.identity]),
      // What was live before stays, to be gone back to.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.alias = new Alias(this, 'Live', { aliasName: liveAlias, version });
  }
}
