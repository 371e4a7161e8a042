import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logicalId, onlyResource, resources, templateOf } from './template';

const alarmType = 'AWS::CloudWatch::Alarm';

describe('alarms', () => {
  const template = templateOf('production');
  const topic = logicalId(template, 'AWS::SNS::Topic');
  const alarm = (name: string) =>
    onlyResource(template, alarmType, { AlarmName: `hearth-production-${name}` }).Properties;

  it('more than one failed warm run', () => {
    const found = alarm('cache-warming-errors');
    assert.equal(found.Namespace, 'Hearth');
    assert.equal(found.MetricName, 'cache_warming_errors');
    assert.deepEqual(found.Dimensions, [{ Name: 'Environment', Value: 'production' }]);
    assert.equal(found.Statistic, 'Sum');
    assert.equal(found.ComparisonOperator, 'GreaterThanThreshold');
    assert.equal(found.Threshold, 1);
    assert.equal(found.EvaluationPeriods, 1);
    // Two runs of the hourly schedule fit in.
    assert.equal(found.Period, 2 * 3600);
    assert.equal(found.TreatMissingData, 'notBreaching');
  });

  it('no warm run for three hours: silence is a breach', () => {
    const found = alarm('cache-warming-missing');
    assert.equal(found.Namespace, 'Hearth');
    assert.equal(found.MetricName, 'cache_warming_duration');
    assert.deepEqual(found.Dimensions, [{ Name: 'Environment', Value: 'production' }]);
    assert.equal(found.Statistic, 'SampleCount');
    assert.equal(found.ComparisonOperator, 'LessThanThreshold');
    assert.equal(found.Threshold, 1);
    assert.equal(found.Period, 3600);
    assert.equal(found.EvaluationPeriods, 3);
    assert.equal(found.TreatMissingData, 'breaching');
  });

  it('a schedule that does not fire is told apart from runs of other origin', () => {
    const found = alarm('cache-warming-schedule-silent');
    assert.equal(found.Namespace, 'AWS/Events');
    assert.equal(found.MetricName, 'Invocations');
    assert.deepEqual(found.Dimensions, [
      { Name: 'RuleName', Value: { Ref: logicalId(template, 'AWS::Events::Rule') } },
    ]);
    assert.equal(found.ComparisonOperator, 'LessThanThreshold');
    assert.equal(found.Threshold, 1);
    assert.equal(found.Period * found.EvaluationPeriods, 3 * 3600);
    assert.equal(found.TreatMissingData, 'breaching');
  });

  it('an event that was given up', () => {
    const found = alarm('cache-warming-dead-letters');
    assert.equal(found.MetricName, 'ApproximateNumberOfMessagesVisible');
    assert.equal(found.ComparisonOperator, 'GreaterThanOrEqualToThreshold');
    assert.equal(found.Threshold, 1);
  });

  it('failures of the live version alone, which take a deployment back', () => {
    const found = alarm('invocation-errors');
    assert.deepEqual(found.Dimensions, [
      { Name: 'FunctionName', Value: 'hearth-production-api' },
      { Name: 'Resource', Value: 'hearth-production-api:live' },
    ]);
    assert.equal(found.Period, 60);
    assert.equal(alarm('server-errors').MetricName, '5xx');
  });

  it('all go to the topic, which takes them from this account only', () => {
    const all = resources(template, alarmType);
    assert.equal(all.length, 6);
    for (const { Properties } of all) {
      assert.deepEqual(Properties.AlarmActions, [{ Ref: topic }]);
    }
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          {
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Resource: { Ref: topic },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });

  it('nobody is subscribed without an address', () => {
    const subscription = onlyResource(template, 'AWS::SNS::Subscription');
    assert.deepEqual(
      template.toJSON().Conditions[subscription.Condition ?? ''],
      { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmEmail' }, ''] }] },
    );
  });
});
