/** Turns that become one measurement: nothing is lost, and nothing counts twice. */

import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import { createHistogram, describeLatency } from './tally.ts';
import { mergeResults } from './turns.ts';
import type { LoadResult } from './types.ts';

function turn(latenciesMs: readonly number[], more: Partial<LoadResult> = {}): LoadResult {
  const histogram = createHistogram();
  for (const ms of latenciesMs) histogram.recordValue(ms * 1_000);
  const succeeded = latenciesMs.length;
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    ms: 1_000,
    planned: succeeded,
    sent: succeeded,
    outcomes: { succeeded, wrongBody: 0, statuses: {}, timeouts: 0, resets: 0, refused: 0, garbage: 0 },
    offered: null,
    rate: succeeded,
    latency: describeLatency(histogram),
    histogram: encodeIntoCompressedBase64(histogram),
    generator: { cores: 0.5, loop: 0.4, lagP99: 0, lagMax: 0 },
    warmup: { requests: 100, ms: 50 },
    ticks: [{ at: 1_000, ended: succeeded, failed: 0 }],
    examples: [],
    interrupted: false,
    ...more,
  };
}

test('one turn alone stays what it was', () => {
  const alone = turn([0.5, 1, 1.5]);
  expect(mergeResults([alone])).toEqual(alone);
});

test('counts are added, latencies are those of all, and time weighs the rates', () => {
  const outcomes = {
    succeeded: 4,
    wrongBody: 1,
    statuses: { '503': 2 },
    timeouts: 1,
    resets: 2,
    refused: 3,
    garbage: 4,
  };
  const merged = mergeResults([
    turn([10, 10, 10, 10], { outcomes, rate: 10, examples: ['503'], offered: 20 }),
    turn([1], {
      ms: 3_000,
      rate: 50,
      offered: 40,
      examples: ['503', 'reset'],
      generator: { cores: 0.9, loop: 0.8, lagP99: 2, lagMax: 7 },
      outcomes: { ...outcomes, statuses: { '429': 1, '503': 1 } },
    }),
    turn([1, 1, 1, 1, 1], { ms: 0, interrupted: true }),
  ]);
  expect(merged).toMatchObject({
    ms: 4_000,
    sent: 10,
    planned: 10,
    rate: 40,
    offered: 35,
    interrupted: true,
  });
  expect(merged.outcomes).toMatchObject({ wrongBody: 2, statuses: { '429': 1, '503': 3 }, garbage: 8 });
  expect(merged.latency?.p50).toBeCloseTo(1, 2);
  expect(merged.latency?.p90).toBeCloseTo(10, 1);
  expect(merged.generator.cores).toBeCloseTo(0.8, 12);
  expect(merged.generator).toMatchObject({ lagP99: 2, lagMax: 7 });
  expect(merged.ticks.map(({ at }) => at)).toEqual([1_000, 2_000, 5_000]);
  expect(merged.examples).toEqual(['503', 'reset']);
});

test('turns without a success have no latency', () => {
  expect(mergeResults([turn([]), turn([])])).toMatchObject({ latency: null, rate: 0 });
});
