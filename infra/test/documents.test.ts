import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { resources, templateOf } from './template';

const document = readFileSync(join(__dirname, '../../../docs/infrastructure/aws.md'), 'utf8');

describe('docs/infrastructure/aws.md', () => {
  const template = templateOf('production', { code: 's3' });
  const content = template.toJSON();

  it('names only what there is', () => {
    const names = new Set(document.match(/hearth-production[a-z-]*(?!\.template)/g));
    const parts = ['FunctionName', 'AlarmName', 'QueueName', 'ApplicationName'];
    const known = new Set<unknown>(
      Object.values<any>(content.Resources).flatMap((one) =>
        parts.map((part) => one.Properties?.[part]),
      ),
    );
    // A loop of the shell puts the end in place.
    known.add('hearth-production-');
    assert.ok(names.size >= 8);
    for (const name of names) assert.ok(known.has(name), name);
  });

  it('names the rules', () => {
    const [rule] = resources(template, 'AWS::Events::Rule');
    assert.ok(document.includes(`--name ${rule?.Properties.Name}\n`));
  });

  it('gives every parameter that has no default, and no other', () => {
    const given = (pattern: RegExp) =>
      new Set([...document.matchAll(pattern)].map((found) => found[1] as string));
    const required = Object.entries<any>(content.Parameters)
      .filter(([, parameter]) => parameter.Default === undefined)
      .map(([name]) => name);
    const withCdk = given(/--parameters ([A-Za-z]+)=/g);
    const overrides = document.slice(document.indexOf('--parameter-overrides'));
    const withoutCdk = new Set(
      [...overrides.slice(0, overrides.indexOf('```')).matchAll(/([A-Z][A-Za-z]+)=/g)].map(
        (found) => found[1] as string,
      ),
    );
    for (const name of required) {
      assert.ok(withoutCdk.has(name), name);
      if (!name.startsWith('Code')) assert.ok(withCdk.has(name), name);
    }
    for (const name of [...withCdk, ...withoutCdk]) assert.ok(name in content.Parameters, name);
  });

  it('counts what is paid for by the piece', () => {
    assert.ok(document.includes(`${resources(template, 'AWS::CloudWatch::Alarm').length} alarms`));
    assert.ok(document.includes('6 custom metrics'));
  });
});
