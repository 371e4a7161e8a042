import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logicalId, onlyResource, templateOf } from './template';

const warm = { FunctionName: 'hearth-production-warm' };

describe('deployment', () => {
  const template = templateOf('production');
  const alias = onlyResource(template, 'AWS::Lambda::Alias');

  it('calls the warm function before traffic moves', () => {
    assert.equal(alias.Properties.Name, 'live');
    assert.deepEqual(alias.UpdatePolicy?.CodeDeployLambdaAliasUpdate, {
      ApplicationName: { Ref: logicalId(template, 'AWS::CodeDeploy::Application') },
      DeploymentGroupName: { Ref: logicalId(template, 'AWS::CodeDeploy::DeploymentGroup') },
      BeforeAllowTrafficHook: { Ref: logicalId(template, 'AWS::Lambda::Function', warm) },
    });
  });

  it('moves the alias only after the hook and its rights are there', () => {
    const policy = logicalId(template, 'AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {}, {}, {}, {}, {},
          { Action: 'codedeploy:PutLifecycleEventHookExecutionStatus' },
        ],
      },
    });
    assert.ok(alias.DependsOn?.includes(logicalId(template, 'AWS::Lambda::Function', warm)));
    assert.ok(alias.DependsOn?.includes(policy));
  });

  it('is taken back when it fails, is stopped, or users notice', () => {
    const { Properties } = onlyResource(template, 'AWS::CodeDeploy::DeploymentGroup');
    assert.deepEqual(Properties.AutoRollbackConfiguration, {
      Enabled: true,
      Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
    });
    const alarm = (name: string) => ({
      Name: { Ref: logicalId(template, 'AWS::CloudWatch::Alarm', { AlarmName: name }) },
    });
    // A cold cache must not take a deployment back: no alarm of warming is among them.
    assert.deepEqual(Properties.AlarmConfiguration, {
      Enabled: true,
      Alarms: [
        alarm('hearth-production-invocation-errors'),
        alarm('hearth-production-server-errors'),
      ],
    });
  });

  it('shifts a tenth first in production, everything at once in staging', () => {
    const configuration = (environment: 'staging' | 'production') =>
      onlyResource(templateOf(environment), 'AWS::CodeDeploy::DeploymentGroup').Properties
        .DeploymentConfigName;
    assert.equal(
      configuration('production'),
      'CodeDeployDefault.LambdaCanary10Percent5Minutes',
    );
    assert.equal(configuration('staging'), 'CodeDeployDefault.LambdaAllAtOnce');
  });

  it('a new release is a new version, and the old one stays', () => {
    const version = onlyResource(template, 'AWS::Lambda::Version');
    assert.match(JSON.stringify(version.Properties.Description), /\{"Ref":"Release"\}/);
    assert.equal(version.UpdateReplacePolicy, 'Retain');
    assert.equal(version.DeletionPolicy, 'Retain');
    const [api] = [onlyResource(template, 'AWS::Lambda::Function', {
      FunctionName: 'hearth-production-api',
    })];
    assert.deepEqual(api.Properties.Environment.Variables.HEARTH_RELEASE, { Ref: 'Release' });
  });
});
