import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { metricNames, metricNamespace } from '../src/metrics';

const telemetry = join(__dirname, '../../../src/adapters/telemetry');

/** The metrics that a source text writes for CloudWatch: each is a name beside its unit. */
function metricsOf(source: string): string[] {
  return [...source.matchAll(/\{"([a-z_]+)", "(?:Count|Milliseconds)"/g)].map(
    (found) => found[1] as string,
  );
}

/** The namespaces that a source text names. */
function namespacesOf(source: string): string[] {
  return [...source.matchAll(/"Namespace":"([^"]+)"/g)].map((found) => found[1] as string);
}

describe('metrics', () => {
  it('are found in the source of the binary', () => {
    const source = 'R"("Namespace":"N")" {{"a_b", "Count", 1.0}, {"c", "Milliseconds", 2.0}}';
    assert.deepEqual(metricsOf(source), ['a_b', 'c']);
    assert.deepEqual(namespacesOf(source), ['N']);
  });

  it('have the names that the binary gives them', () => {
    const sources = readdirSync(telemetry)
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => readFileSync(join(telemetry, name), 'utf8'))
      // Only what writes CloudWatch's format names a namespace.
      .filter((source) => namespacesOf(source).length > 0);
    for (const source of sources) {
      assert.deepEqual(metricsOf(source).sort(), Object.values(metricNames).sort());
      for (const namespace of namespacesOf(source)) assert.equal(namespace, metricNamespace);
    }
  });
});
