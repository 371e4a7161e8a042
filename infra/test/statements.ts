import { Template } from 'aws-cdk-lib/assertions';
import { resources } from './template';

/** One statement of an IAM policy. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every statement that gives a role of this template something, or takes it away. */
export function statements(template: Template): Statement[] {
  return resources(template, 'AWS::IAM::Policy').flatMap(
    (policy) => policy.Properties.PolicyDocument.Statement as Statement[],
  );
}

/** The actions of a statement, as a list. */
export function actions(statement: Statement): string[] {
  return Array.isArray(statement.Action) ? statement.Action : [statement.Action];
}

/** The allowed actions that hold a wildcard. */
export function wildcardActions(all: readonly Statement[]): string[] {
  return all
    .filter((statement) => statement.Effect === 'Allow')
    .flatMap(actions)
    .filter((action) => action.includes('*'));
}

/** The actions that are allowed on every resource there is. */
export function actionsOnEverything(all: readonly Statement[]): string[] {
  return all
    .filter((statement) => statement.Effect === 'Allow')
    .filter((statement) => [statement.Resource].flat().includes('*'))
    .flatMap(actions);
}
