/** The bodies: repeatable, never alike in a row, and metrics that 0.3 accepts. */
import { describe, expect, test } from 'vitest';
import { createPayloads } from './payload.ts';
import type { Payload } from './types.ts';

const seeds = ['0badcafe', 'any text at all', ''];

/** The rules of exercise 0.3, written again. */
function expectMetric(metric: Record<string, unknown>): void {
  expect(metric.name).toEqual(expect.any(String));
  expect(String(metric.name).length).toBeGreaterThanOrEqual(1);
  expect(String(metric.name).length).toBeLessThanOrEqual(255);
  expect(Number.isFinite(metric.value)).toBe(true);
  expect(Number.isSafeInteger(metric.timestamp)).toBe(true);
  expect(metric.timestamp).toBeGreaterThanOrEqual(0);
  expect(metric.tags).toBeTypeOf('object');
  for (const value of Object.values(metric.tags as object)) expect(value).toEqual(expect.any(String));
}

const kinds: [string, Payload & { kind: 'metrics' }][] = [
  ['one metric', { kind: 'metrics', batch: 1 }],
  ['ten metrics', { kind: 'metrics', batch: 10 }],
  ['a thousand metrics', { kind: 'metrics', batch: 1_000 }],
  ['a padded metric', { kind: 'metrics', batch: 1, bytes: 500 }],
  ['a padded batch', { kind: 'metrics', batch: 3, bytes: 100_000 }],
  ['a megabyte', { kind: 'metrics', batch: 1, bytes: 1_048_576 }],
];

describe.each(kinds)('%s', (_, payload) => {
  test.each(seeds)('from the seed "%s": the same again, no two alike in a row', (seed) => {
    const { bodies } = createPayloads(payload, seed);
    // Byte by byte in Buffer's own way: megabytes are too much for toEqual.
    const again = createPayloads(payload, seed).bodies;
    expect(Buffer.concat(again).equals(Buffer.concat(bodies))).toBe(true);
    expect(again.length).toBe(bodies.length);
    expect(bodies.length).toBeGreaterThan(1);
    // Also where the ring closes.
    bodies.forEach((body, i) => {
      expect(body.equals(bodies[(i + 1) % bodies.length] ?? body)).toBe(false);
    });
  });

  test('is valid, as many as asked for, as large as asked for, and fits in memory', () => {
    const { bodies, batch, contentType } = createPayloads(payload, '1');
    expect({ batch, contentType }).toEqual({ batch: payload.batch, contentType: 'application/json' });
    expect(bodies.reduce((sum, body) => sum + body.length, 0)).toBeLessThan(20_000_000);
    for (const body of bodies.slice(0, 5)) {
      expect(body.length).toBeGreaterThanOrEqual(payload.bytes ?? 0);
      const parsed = JSON.parse(body.toString()) as Record<string, unknown>;
      const metrics = payload.batch > 1 ? parsed.metrics : [parsed];
      expect(metrics).toHaveLength(payload.batch);
      for (const metric of metrics as Record<string, unknown>[]) expectMetric(metric);
    }
  });
});

test('padding adds no more than it must', () => {
  for (const body of createPayloads({ kind: 'metrics', batch: 2, bytes: 5_000 }, 'x').bodies) {
    expect(body.length).toBe(5_000);
  }
});

test('another seed gives other bodies', () => {
  const [first, second] = seeds.map((seed) => createPayloads({ kind: 'metrics', batch: 1 }, seed).bodies);
  expect(first?.[0]).not.toEqual(second?.[0]);
});

test('text is sent as it is, and nothing as nothing', () => {
  const text = createPayloads({ kind: 'text', text: 'grüße', contentType: 'text/plain' }, '1');
  expect(text).toEqual({ bodies: [Buffer.from('grüße')], contentType: 'text/plain', batch: 1 });
  expect(createPayloads({ kind: 'none' }, '1').bodies).toEqual([]);
});
