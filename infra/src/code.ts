import { existsSync } from 'node:fs';
import { CfnParameter, FileSystem } from 'aws-cdk-lib';
import { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** The package that `./dev package lambda` makes: for both functions the same. */
export interface FunctionCode {
  readonly code: Code;
  readonly architecture: Architecture;
  /** What tells this package from others: a new one publishes a new version. */
  readonly identity: string;
}

/** Where the package is: a file or folder of this machine, or an object that is in S3 already. */
export type CodeSource = { readonly path: string } | 'in-s3';

/**
 * The functions' code. From S3, bucket and key are parameters of the template.
 *
 * @throws Error that says how to make the package, if it is not there.
 */
export function functionCode(
  scope: Construct,
  source: CodeSource,
  architecture: Architecture,
): FunctionCode {
  if (source === 'in-s3') {
    const bucket = new CfnParameter(scope, 'CodeBucket', {
      description: "Bucket of the functions' package, in this region",
    });
    const key = new CfnParameter(scope, 'CodeKey', {
      description: 'Key of the package; another one for every package, or none is deployed',
    });
    const code = Code.fromCfnParameters({ bucketNameParam: bucket, objectKeyParam: key });
    return { code, architecture, identity: key.valueAsString };
  }
  if (!existsSync(source.path)) {
    throw new Error(
      `There is no Lambda package at ${source.path}: make it with './dev package lambda', ` +
        'or give --context code=PATH',
    );
  }
  const identity = FileSystem.fingerprint(source.path).slice(0, 12);
  return { code: Code.fromAsset(source.path), architecture, identity };
}
