import { HttpApi, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EnvironmentSettings } from '../settings';

export interface HttpEntryProps {
  readonly settings: EnvironmentSettings;
  readonly target: Alias;
}

/**
 * The HTTP API before the alias. It has one route for everything, because hearth routes by itself,
 * and a limit, so that a flood becomes 429 here and not connections at the database.
 */
export class HttpEntry extends Construct {
  readonly api: HttpApi;
  /** Where the API answers, with a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpEntryProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `hearth-${props.settings.environment}`,
      defaultIntegration: new HttpLambdaIntegration('Live', props.target),
      createDefaultStage: false,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: {
        rateLimit: props.settings.requestsPerSecond,
        burstLimit: props.settings.requestBurst,
      },
    });
    this.url = stage.url;
  }
}
