import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hearthApp } from '../src/app';
import { onlyResource, placeholderPackage, temporaryFolder, templateOf } from './template';

const infra = join(__dirname, '../..');

function appWith(context: Record<string, string>) {
  return () => hearthApp({ outdir: temporaryFolder(), context });
}

describe('app', () => {
  it('says which environments there are', () => {
    const message = /'prod' is no environment: give one of staging, production/;
    assert.throws(appWith({ environment: 'prod', code: placeholderPackage() }), message);
    assert.throws(appWith({ code: placeholderPackage() }), /'undefined' is no environment/);
  });

  it('says how to make a package that is missing', () => {
    const code = join(temporaryFolder(), 'missing.zip');
    assert.throws(appWith({ environment: 'staging', code }), (error: Error) => {
      assert.ok(error.message.includes(code));
      assert.ok(error.message.includes('./dev package lambda'));
      return true;
    });
  });

  it('refuses an architecture that is none', () => {
    assert.throws(
      appWith({ environment: 'staging', code: placeholderPackage(), architecture: 'mips' }),
      /'mips' is no architecture: x86_64 or arm64/,
    );
  });

  it('with the package in S3, the template needs nothing of CDK', () => {
    const template = templateOf('staging', { code: 's3' });
    const { Code } = onlyResource(template, 'AWS::Lambda::Function', {
      FunctionName: 'hearth-staging-api',
    }).Properties;
    assert.deepEqual(Code, { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } });
    const { Description } = onlyResource(template, 'AWS::Lambda::Version').Properties;
    assert.match(JSON.stringify(Description), /\{"Ref":"CodeKey"\}/);
    assert.doesNotMatch(JSON.stringify(template.toJSON()), /BootstrapVersion|cdk-hnb659fds|CDKMetadata/);
  });

  it('the lock file names no registry', () => {
    const lock = readFileSync(join(infra, 'package-lock.json'), 'utf8');
    assert.doesNotMatch(lock, /"resolved"|https?:\/\/[^"]*registry/);
  });

  it('every package has one exact version', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(infra, 'package.json'), 'utf8'),
    );
    for (const version of Object.values({ ...dependencies, ...devDependencies })) {
      assert.match(String(version), /^\d+\.\d+\.\d+$/);
    }
  });
});
