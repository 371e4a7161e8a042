import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onlyResource, templateOf } from './template';

/** The body is a string with references in between: these become `?`. */
function body(properties: Record<string, any>): any {
  const parts: unknown[] = properties.DashboardBody['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '?')).join(''));
}

describe('dashboard', () => {
  const { Properties } = onlyResource(templateOf('production'), 'AWS::CloudWatch::Dashboard');
  const widgets: any[] = body(Properties).widgets;
  const metrics = (title: string): string => {
    const found = widgets.find((widget) => widget.properties.title === title);
    assert.ok(found, title);
    return JSON.stringify(found.properties.metrics);
  };
  const own = (name: string) => `["Hearth","${name}","Environment","production"`;

  it('shows duration, count and errors of warm runs', () => {
    assert.ok(metrics('Warm runs: duration (ms)').includes(own('cache_warming_duration')));
    assert.ok(metrics('Warm runs: flags').includes(own('cache_warming_flags_count')));
    assert.ok(metrics('Warm runs: errors').includes(own('cache_warming_errors')));
  });

  it('shows the hit rate and what the database had to read', () => {
    assert.ok(metrics('Hit rate (%)').includes('100 * hits / (hits + misses)'));
    assert.ok(metrics('Hit rate (%)').includes(own('cache_hits')));
    assert.ok(metrics('Hit rate (%)').includes(own('cache_misses')));
    assert.ok(metrics('Database reads').includes(own('database_reads')));
  });
});
