import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { hearthApp } from '../src/app';
import { EnvironmentName } from '../src/settings';

/** A CloudFormation resource, as a test looks at it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
  readonly Condition?: string;
  readonly UpdatePolicy?: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Folders that the tests of this file have made; removed when they are over. */
const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A new, empty folder that is removed after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-infra-'));
  folders.push(folder);
  return folder;
}

/** A folder that stands for the Lambda package. */
export function placeholderPackage(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'bootstrap'), 'a placeholder\n', { mode: 0o755 });
  return folder;
}

const templates = new Map<string, Template>();

/**
 * The template of `environment`, with a placeholder for the package unless context says more. The
 * same question gets the same template, because making one takes longer than all that is asked of
 * it.
 */
export function templateOf(
  environment: EnvironmentName,
  context: Readonly<Record<string, string>> = {},
): Template {
  const question = JSON.stringify([environment, context]);
  const known = templates.get(question);
  if (known !== undefined) return known;
  const made = makeTemplate(environment, context);
  templates.set(question, made);
  return made;
}

function makeTemplate(
  environment: EnvironmentName,
  context: Readonly<Record<string, string>>,
): Template {
  const app = hearthApp({
    outdir: temporaryFolder(),
    context: { environment, code: placeholderPackage(), ...context },
  });
  return Template.fromStack(app.node.findChild(`hearth-${environment}`) as Stack);
}

/** All resources of a type whose properties contain these. */
export function resources(template: Template, type: string, properties = {}): Resource[] {
  return Object.values(template.findResources(type, { Properties: properties })) as Resource[];
}

/** The only resource of that kind; more or fewer is an error. */
export function onlyResource(template: Template, type: string, properties = {}): Resource {
  const [first, ...others] = resources(template, type, properties);
  if (first === undefined || others.length > 0) {
    throw new Error(`${others.length + (first === undefined ? 0 : 1)} of ${type}, not one`);
  }
  return first;
}

/** The logical id of the only resource of that kind. */
export function logicalId(template: Template, type: string, properties = {}): string {
  onlyResource(template, type, properties);
  return Object.keys(template.findResources(type, { Properties: properties }))[0] as string;
}
