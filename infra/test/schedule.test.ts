import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logicalId, onlyResource, resources, templateOf } from './template';

describe('schedule', () => {
  const template = templateOf('production');
  const rule = onlyResource(template, 'AWS::Events::Rule').Properties;
  const warm = logicalId(template, 'AWS::Lambda::Function', {
    FunctionName: 'hearth-production-warm',
  });

  it('warms every hour', () => {
    assert.equal(rule.Name, 'feature-flags-cache-warming');
    assert.equal(rule.ScheduleExpression, 'rate(1 hour)');
    assert.equal(rule.State, 'ENABLED');
  });

  it('tells the warm function why, tries again, and keeps what it could not deliver', () => {
    const queue = logicalId(template, 'AWS::SQS::Queue');
    assert.equal(rule.Targets.length, 1);
    const [{ Id: _, ...target }] = rule.Targets;
    assert.deepEqual(target, {
      Arn: { 'Fn::GetAtt': [warm, 'Arn'] },
      InputTransformer: {
        InputPathsMap: { id: '$.id', time: '$.time' },
        InputTemplate: '{"triggerType":"scheduled","id":<id>,"time":<time>}',
      },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 1800 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } },
    });
  });

  it('this rule alone may call the function', () => {
    const [permission, ...others] = resources(template, 'AWS::Lambda::Permission', {
      Principal: 'events.amazonaws.com',
    });
    assert.equal(others.length, 0);
    assert.deepEqual(permission?.Properties, {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': [warm, 'Arn'] },
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [logicalId(template, 'AWS::Events::Rule'), 'Arn'] },
    });
  });

  it('environments of one account do not share a rule', () => {
    assert.equal(
      onlyResource(templateOf('staging'), 'AWS::Events::Rule').Properties.Name,
      'feature-flags-cache-warming-staging',
    );
  });
});
