import { describe, expect, test } from 'vitest';
import { open, result, runWith, spec, sweep } from '../fixtures/bench.ts';
import { gainOf, sameLoad } from './journal.ts';
import type { BenchRun, Measurement } from './types.ts';

const [ingestId, monitorId, laterId] = ['0-poc/03-ingest', '0-poc/06-monitor', '1-net/04-server'];
const target = (exercise: string): Measurement['target'] => ({ kind: 'exercise', name: exercise, exercise });
const bench = (number: number, exercise: string, rate: number, change: Partial<Measurement> = {}): BenchRun =>
  runWith({ target: target(exercise), result: { ...result, rate }, ...change }, { number });
const numbers = (runs: readonly BenchRun[], exercise: string, earlier: readonly string[]) => {
  const gain = gainOf(runs, exercise, earlier);
  return gain && [gain.before?.run.number, gain.after.run.number, gain.ratio?.rate];
};

describe('before and after', () => {
  const first = bench(1, ingestId, 1_000);
  const second = bench(2, ingestId, 2_000);
  const third = bench(3, monitorId, 3_000);
  const fourth = bench(4, monitorId, 6_000);

  test('are the newest of the phase before and the newest', () => {
    expect(numbers([first, second, third, fourth], monitorId, [ingestId])).toEqual([2, 4, 3]);
  });

  test('are the oldest and the newest where no earlier phase was benched', () => {
    expect(numbers([third, fourth], monitorId, [ingestId])).toEqual([3, 4, 2]);
    expect(numbers([first, second, third], ingestId, [])).toEqual([1, 2, 2]);
  });

  test('skip phases that were never benched', () => {
    expect(numbers([second, bench(5, laterId, 1)], laterId, [ingestId, monitorId])).toEqual([2, 5, 0.0005]);
  });

  test('are one run alone, or none', () => {
    expect(numbers([third], monitorId, [])).toEqual([undefined, 3, undefined]);
    expect(gainOf([first, second], monitorId, [ingestId])).toBeUndefined();
    const url = runWith({ target: { kind: 'url', name: 'u' } });
    expect(gainOf([url], monitorId, [])).toBeUndefined();
  });

  test('were loaded in the same way if any two were', () => {
    const other = bench(5, ingestId, 9_000, { spec: { ...spec, clients: 10 } });
    expect(numbers([first, second, other, third], monitorId, [ingestId])).toEqual([2, 3, 1.5]);
    const openRun = bench(6, monitorId, 1, open);
    expect(numbers([second, openRun], monitorId, [ingestId])).toEqual([2, 6, undefined]);
  });

  test('leave out what was cut short, unless there is nothing else', () => {
    const cut = bench(5, monitorId, 1, { result: { ...result, interrupted: true } });
    expect(numbers([second, third, cut], monitorId, [ingestId])).toEqual([2, 3, 1.5]);
    expect(numbers([second, cut], monitorId, [ingestId])?.slice(0, 2)).toEqual([2, 5]);
    const cutIngest = bench(6, ingestId, 1, { result: { ...result, interrupted: true } });
    expect(numbers([second, third, cutIngest], monitorId, [ingestId])).toEqual([2, 3, 1.5]);
  });

  test('leave out what answered nothing right, and what died, unless there is nothing else', () => {
    const outcomes = { ...result.outcomes, succeeded: 0, wrongBody: 5 };
    const failed = bench(5, monitorId, 0, { result: { ...result, outcomes, rate: 0, latency: null } });
    const died = bench(6, monitorId, 9, { died: { says: 'gone', exitCode: 1, signal: null, output: '' } });
    expect(numbers([second, third, failed, died], monitorId, [ingestId])).toEqual([2, 3, 1.5]);
    expect(numbers([second, failed], monitorId, [ingestId])?.slice(0, 2)).toEqual([2, 5]);
    const failedIngest = bench(6, ingestId, 0, { result: { ...result, outcomes, rate: 0, latency: null } });
    expect(numbers([second, third, failedIngest], monitorId, [ingestId])).toEqual([2, 3, 1.5]);
  });

  test('of a sweep are the client count that was benched before', () => {
    const before = bench(1, ingestId, 3_100, { spec: { ...spec, clients: 10 } });
    const gain = gainOf([before, sweep], monitorId, [ingestId]);
    expect(gain?.after.measurement.spec.clients).toBe(10);
    expect(gain?.ratio?.rate).toBeCloseTo(5_900 / 3_100);
    expect(gain?.sweep).toHaveLength(5);
    expect(gainOf([sweep], monitorId, [])?.after.measurement.result.rate).toBe(6_200);
  });

  test('have no ratio of what was not measured', () => {
    const dead = bench(1, ingestId, 0, { result: { ...result, rate: 0, latency: null } });
    expect(gainOf([dead, third], monitorId, [ingestId])?.ratio).toEqual({
      rate: null,
      p50: null,
      p99: null,
      p999: null,
    });
  });
});

test('the seed, the port, the length and the workers make no other load', () => {
  const same = { ...spec, seed: 'x', url: 'http://127.0.0.1:1/', measure: { ms: 1 }, warmup: {}, workers: 2 };
  expect(sameLoad(spec, same)).toBe(true);
  for (const change of [
    { clients: 99 },
    { pipeline: 2 },
    { keepAlive: false },
    { payload: { kind: 'metrics', batch: 2 } },
    { payload: { kind: 'none' } },
    { mode: { kind: 'open', rate: 1 } },
  ] as const)
    expect(sameLoad(spec, { ...spec, ...change }), JSON.stringify(change)).toBe(false);
});
