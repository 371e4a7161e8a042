import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logicalId, onlyResource, resources, templateOf } from './template';

const lambda = 'AWS::Lambda::Function';
const api = { FunctionName: 'hearth-production-api' };
const warm = { FunctionName: 'hearth-production-warm' };

describe('functions', () => {
  const template = templateOf('production');

  it('both run the bootstrap of one package', () => {
    const [first, second] = [api, warm].map((name) => onlyResource(template, lambda, name));
    assert.equal(resources(template, lambda).length, 2);
    for (const { Properties } of [first!, second!]) {
      assert.equal(Properties.Runtime, 'provided.al2023');
      assert.equal(Properties.Handler, 'bootstrap');
      assert.deepEqual(Properties.Architectures, ['x86_64']);
    }
    assert.deepEqual(first!.Properties.Code, second!.Properties.Code);
  });

  it('run on arm64 if asked to', () => {
    const arm = templateOf('production', { architecture: 'arm64' });
    assert.deepEqual(onlyResource(arm, lambda, warm).Properties.Architectures, ['arm64']);
  });

  it('warming ends after 30 s at the latest', () => {
    assert.equal(onlyResource(template, lambda, warm).Properties.Timeout, 30);
  });

  it('are in the subnets that were given, in a group of their own', () => {
    const group = logicalId(template, 'AWS::EC2::SecurityGroup', {
      GroupDescription: 'hearth: functions; admit this group at the database and at Redis',
    });
    for (const name of [api, warm]) {
      assert.deepEqual(onlyResource(template, lambda, name).Properties.VpcConfig, {
        SubnetIds: { Ref: 'SubnetIds' },
        SecurityGroupIds: [{ 'Fn::GetAtt': [group, 'GroupId'] }],
      });
    }
  });

  it('keep a log for the time the settings say', () => {
    for (const [environment, days] of [['staging', 7], ['production', 30]] as const) {
      const groups = resources(templateOf(environment), 'AWS::Logs::LogGroup');
      assert.deepEqual(
        groups.map((group) => group.Properties.LogGroupName).sort(),
        [`/aws/lambda/hearth-${environment}-api`, `/aws/lambda/hearth-${environment}-warm`],
      );
      for (const group of groups) assert.equal(group.Properties.RetentionInDays, days);
    }
  });

  it('events that cannot be worked off are tried three times and kept', () => {
    const queue = logicalId(template, 'AWS::SQS::Queue');
    assert.deepEqual(onlyResource(template, 'AWS::Lambda::EventInvokeConfig').Properties, {
      FunctionName: { Ref: logicalId(template, lambda, warm) },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 1800,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
    assert.equal(
      onlyResource(template, 'AWS::SQS::Queue').Properties.MessageRetentionPeriod,
      14 * 24 * 3600,
    );
  });
});
