import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { environmentNames } from '../src/settings';
import { actions, actionsOnEverything, Statement, statements, wildcardActions } from './statements';
import { logicalId, resources, templateOf } from './template';

describe('roles', () => {
  const template = templateOf('production');
  const all = statements(template);
  const having = (action: string) => all.filter((one) => actions(one).includes(action));

  it('no action has a wildcard', () => {
    for (const environment of environmentNames) {
      assert.deepEqual(wildcardActions(statements(templateOf(environment))), []);
    }
  });

  it('a wildcard would be noticed', () => {
    const allowed: Statement[] = [
      { Effect: 'Allow', Action: ['logs:PutLogEvents', 'sqs:*'], Resource: 'arn:aws:sqs:::q' },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' },
    ];
    assert.deepEqual(wildcardActions(allowed), ['sqs:*']);
    assert.deepEqual(actionsOnEverything(allowed), ['kms:Decrypt']);
  });

  it('nothing but network interfaces is allowed on everything', () => {
    const everywhere = actionsOnEverything(all);
    assert.ok(everywhere.length > 0);
    assert.deepEqual(everywhere.filter((action) => !action.startsWith('ec2:')), []);
  });

  it("a function's own code may not use what Lambda needs for the interfaces", () => {
    const denials = all.filter((one) => one.Effect === 'Deny');
    const allowed = having('ec2:CreateNetworkInterface').filter((one) => one.Effect === 'Allow');
    assert.equal(denials.length, 2);
    assert.equal(allowed.length, 2);
    for (const [index, purpose] of ['warm', 'api'].entries()) {
      assert.deepEqual(denials[index]?.Action, allowed[index]?.Action);
      const condition = JSON.stringify(denials[index]?.Condition);
      assert.match(condition, /"ArnEquals":\{"lambda:SourceFunctionArn"/);
      assert.ok(condition.includes(`:function:hearth-production-${purpose}`));
    }
  });

  it('only the warm function reports to CodeDeploy, and only to its deployment group', () => {
    const [statement, ...others] = having('codedeploy:PutLifecycleEventHookExecutionStatus');
    assert.equal(others.length, 0);
    const group = logicalId(template, 'AWS::CodeDeploy::DeploymentGroup');
    const application = logicalId(template, 'AWS::CodeDeploy::Application');
    assert.deepEqual(statement?.Resource, {
      'Fn::Join': [
        '',
        [
          'arn:', { Ref: 'AWS::Partition' }, ':codedeploy:', { Ref: 'AWS::Region' }, ':',
          { Ref: 'AWS::AccountId' }, ':deploymentgroup:', { Ref: application }, '/', { Ref: group },
        ],
      ],
    });
    const holder = resources(template, 'AWS::IAM::Policy').find((policy) =>
      JSON.stringify(policy).includes('PutLifecycleEventHookExecutionStatus'),
    );
    assert.equal(holder?.Properties.Roles.length, 1);
    assert.match(holder?.Properties.Roles[0].Ref, /^WarmRole/);
  });

  it('each function writes its own log only', () => {
    const writers = having('logs:PutLogEvents');
    assert.equal(writers.length, 2);
    assert.notDeepEqual(writers[0]?.Resource, writers[1]?.Resource);
    assert.deepEqual(having('logs:CreateLogGroup'), []);
  });

  it('functions have no managed policy, which would allow more', () => {
    for (const role of resources(template, 'AWS::IAM::Role')) {
      const principal = role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service;
      const expected = principal === 'lambda.amazonaws.com' ? 0 : 1;
      assert.equal(role.Properties.ManagedPolicyArns?.length ?? 0, expected);
    }
  });
});
