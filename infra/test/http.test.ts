import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logicalId, onlyResource, templateOf } from './template';

describe('HTTP API', () => {
  const template = templateOf('production');
  const alias = logicalId(template, 'AWS::Lambda::Alias');

  it('sends every request to the alias, in format 2.0', () => {
    const integration = onlyResource(template, 'AWS::ApiGatewayV2::Integration').Properties;
    assert.deepEqual(integration.IntegrationUri, { Ref: alias });
    assert.equal(integration.PayloadFormatVersion, '2.0');
    assert.equal(onlyResource(template, 'AWS::ApiGatewayV2::Route').Properties.RouteKey, '$default');
    const permission = onlyResource(template, 'AWS::Lambda::Permission', {
      Principal: 'apigateway.amazonaws.com',
    });
    assert.deepEqual(permission.Properties.FunctionName, { Ref: alias });
  });

  it('has a limit in every environment', () => {
    for (const [environment, rate, burst] of [
      ['staging', 100, 50],
      ['production', 2000, 500],
    ] as const) {
      const stage = onlyResource(templateOf(environment), 'AWS::ApiGatewayV2::Stage').Properties;
      assert.deepEqual(stage.DefaultRouteSettings, {
        ThrottlingRateLimit: rate,
        ThrottlingBurstLimit: burst,
      });
    }
  });
});
