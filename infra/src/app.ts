import { resolve } from 'node:path';
import { App, AppProps, BootstraplessSynthesizer } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { CodeSource } from './code';
import { HearthStack } from './hearth-stack';
import { settingsOf } from './settings';

const architectures: Readonly<Record<string, Architecture>> = {
  x86_64: Architecture.X86_64,
  arm64: Architecture.ARM_64,
};

/**
 * The CDK app of one environment, which its context tells:
 *
 * - `environment`: `staging` or `production`;
 * - `architecture`: `x86_64`, if nothing is said, or `arm64`;
 * - `code`: the functions' package, `build/package/hearth-lambda-ARCHITECTURE.zip` if nothing is
 *   said; `s3`: bucket and key are parameters, and the template needs no CDK to be deployed.
 *
 * @throws Error that says what is wrong with the context, or that there is no package.
 */
export function hearthApp(props: AppProps = {}): App {
  const app = new App({ analyticsReporting: false, treeMetadata: false, ...props });
  const settings = settingsOf(app.node.tryGetContext('environment'));
  const architectureName = String(app.node.tryGetContext('architecture') ?? 'x86_64');
  const architecture = architectures[architectureName];
  if (architecture === undefined) {
    throw new Error(`'${architectureName}' is no architecture: x86_64 or arm64`);
  }
  const code = codeSource(app.node.tryGetContext('code'), architectureName);
  new HearthStack(app, `hearth-${settings.environment}`, {
    description: `hearth, ${settings.environment}: feature flags from a cache that is warm`,
    settings,
    code,
    architecture,
    ...(code === 'in-s3' ? { synthesizer: new BootstraplessSynthesizer() } : {}),
  });
  return app;
}

function codeSource(given: unknown, architecture: string): CodeSource {
  if (given === 's3') return 'in-s3';
  if (given !== undefined) return { path: resolve(String(given)) };
  // From infra/build/src, where the compiler puts this file.
  return {
    path: resolve(__dirname, `../../../build/package/hearth-lambda-${architecture}.zip`),
  };
}
