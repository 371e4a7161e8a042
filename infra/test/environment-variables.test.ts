import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { environmentNames } from '../src/settings';
import { logicalId, onlyResource, templateOf } from './template';

const repository = join(__dirname, '../../..');

function variables(template: Template, functionName: string): Record<string, any> {
  const found = onlyResource(template, 'AWS::Lambda::Function', { FunctionName: functionName });
  return found.Properties.Environment.Variables;
}

function secret(parameter: string) {
  return {
    'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: parameter }, ':SecretString}}']],
  };
}

/** NAME=VALUE lines; comments and empty lines are left out. */
function environmentFile(name: string): [string, string][] {
  return readFileSync(join(repository, 'config', name), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
}

describe('environment variables', () => {
  for (const environment of environmentNames) {
    it(`of ${environment} are those of config/.env.${environment}`, () => {
      const template = templateOf(environment);
      const expected = environmentFile(`.env.${environment}`);
      assert.ok(expected.length >= 4);
      for (const purpose of ['api', 'warm']) {
        const found = variables(template, `hearth-${environment}-${purpose}`);
        for (const [name, value] of expected) assert.equal(found[name], value, name);
      }
    });
  }

  it('staging warms 10 flags, production 20', () => {
    const count = (environment: 'staging' | 'production') =>
      variables(templateOf(environment), `hearth-${environment}-warm`).CACHE_WARMING_TOP_N;
    assert.equal(count('staging'), '10');
    assert.equal(count('production'), '20');
  });

  it('secrets are references, and only the API knows the token of the administrators', () => {
    const template = templateOf('production');
    const api = variables(template, 'hearth-production-api');
    const warm = variables(template, 'hearth-production-warm');
    assert.deepEqual(api.DATABASE_URL, secret('DatabaseUrlArn'));
    assert.deepEqual(api.REDIS_URL, secret('RedisUrlArn'));
    assert.deepEqual(api.ADMIN_TOKEN, secret('AdminTokenArn'));
    assert.deepEqual(warm.DATABASE_URL, secret('DatabaseUrlArn'));
    assert.deepEqual(warm.REDIS_URL, secret('RedisUrlArn'));
    assert.equal('ADMIN_TOKEN' in warm, false);
  });

  it('are encrypted with a key of this stack', () => {
    const template = templateOf('production');
    const key = { 'Fn::GetAtt': [logicalId(template, 'AWS::KMS::Key'), 'Arn'] };
    for (const name of ['hearth-production-api', 'hearth-production-warm']) {
      const found = onlyResource(template, 'AWS::Lambda::Function', { FunctionName: name });
      assert.deepEqual(found.Properties.KmsKeyArn, key);
    }
    assert.equal(onlyResource(template, 'AWS::KMS::Key').Properties.EnableKeyRotation, true);
  });

  it('a frozen process keeps no copies of its own', () => {
    const template = templateOf('production');
    assert.equal(variables(template, 'hearth-production-api').NEAR_CACHE_TTL_MS, '0');
  });
});
