import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logicalId, onlyResource, templateOf } from './template';

const groups = 'AWS::EC2::SecurityGroup';
const functionsGroup = {
  GroupDescription: 'hearth: functions; admit this group at the database and at Redis',
};

describe('network', () => {
  const template = templateOf('production');

  it('functions may go to PostgreSQL, to Redis and to CodeDeploy, and are reached by nobody', () => {
    const { Properties } = onlyResource(template, groups, functionsGroup);
    assert.deepEqual(
      Properties.SecurityGroupEgress.map((rule: any) => [rule.IpProtocol, rule.FromPort, rule.ToPort]),
      [
        ['tcp', { Ref: 'DatabasePort' }, { Ref: 'DatabasePort' }],
        ['tcp', { Ref: 'RedisPort' }, { Ref: 'RedisPort' }],
        ['tcp', 443, 443],
      ],
    );
    assert.equal(Properties.SecurityGroupIngress, undefined);
  });

  it('CodeDeploy has an endpoint for the functions alone, unless it is not wanted', () => {
    const endpoint = onlyResource(template, 'AWS::EC2::VPCEndpoint');
    assert.equal(endpoint.Properties.PrivateDnsEnabled, true);
    assert.deepEqual(endpoint.Properties.ServiceName, {
      'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.codedeploy']],
    });
    assert.deepEqual(template.toJSON().Conditions[endpoint.Condition ?? ''], {
      'Fn::Equals': [{ Ref: 'CodeDeployEndpoint' }, 'create'],
    });
    const { Properties } = onlyResource(template, groups, {
      GroupDescription: 'hearth: the endpoint of CodeDeploy',
    });
    assert.equal(Properties.SecurityGroupIngress.length, 1);
    assert.equal(Properties.SecurityGroupIngress[0].FromPort, 443);
    assert.deepEqual(Properties.SecurityGroupIngress[0].SourceSecurityGroupId, {
      'Fn::GetAtt': [logicalId(template, groups, functionsGroup), 'GroupId'],
    });
  });
});
