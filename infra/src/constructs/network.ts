import { CfnCondition, Fn, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { Parameters } from '../parameters';

const httpsPort = 443;

/**
 * The functions' place in the VPC: a security group that may go to the database, to Redis and to
 * AWS, and, unless the subnets have a way to it, an endpoint for CodeDeploy, which the hook tells
 * how it went.
 */
export class Network extends Construct {
  readonly subnetIds: string[];
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, parameters: Parameters) {
    super(scope, id);
    const group = new CfnSecurityGroup(this, 'Functions', {
      groupDescription: 'hearth: functions; admit this group at the database and at Redis',
      vpcId: parameters.vpcId,
      securityGroupEgress: [
        { ...tcp(parameters.databasePort), cidrIp: '0.0.0.0/0', description: 'PostgreSQL' },
        { ...tcp(parameters.redisPort), cidrIp: '0.0.0.0/0', description: 'Redis' },
        { ...tcp(httpsPort), cidrIp: '0.0.0.0/0', description: 'CodeDeploy' },
      ],
    });
    this.subnetIds = parameters.subnetIds;
    this.securityGroupId = group.attrGroupId;
    this.addCodeDeployEndpoint(parameters);
  }

  private addCodeDeployEndpoint(parameters: Parameters): void {
    const wanted = new CfnCondition(this, 'EndpointWanted', {
      expression: Fn.conditionEquals(parameters.codeDeployEndpoint, 'create'),
    });
    const group = new CfnSecurityGroup(this, 'EndpointGroup', {
      groupDescription: 'hearth: the endpoint of CodeDeploy',
      vpcId: parameters.vpcId,
      securityGroupIngress: [
        {
          ...tcp(httpsPort),
          sourceSecurityGroupId: this.securityGroupId,
          description: "hearth's functions",
        },
      ],
    });
    const endpoint = new CfnVPCEndpoint(this, 'CodeDeployEndpoint', {
      vpcEndpointType: 'Interface',
      serviceName: `com.amazonaws.${Stack.of(this).region}.codedeploy`,
      vpcId: parameters.vpcId,
      subnetIds: this.subnetIds,
      securityGroupIds: [group.attrGroupId],
      privateDnsEnabled: true,
    });
    group.cfnOptions.condition = wanted;
    endpoint.cfnOptions.condition = wanted;
  }
}

function tcp(port: number) {
  return { ipProtocol: 'tcp', fromPort: port, toPort: port };
}
