/** Runs beside the student's code: records values in bulk, and the work that the gates time. */
import { Session } from 'node:inspector';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRng, student } from '../../../harness/driver.ts';

const { Histogram } =
  await student<typeof import('../../../../exercises/0-poc/07-loadgen/histogram.ts')>('histogram.ts');

/** What a histogram of `values` answers at each of `shares`. */
export function quantiles(
  values: readonly number[],
  shares: readonly number[],
): { count: number; at: number[] } {
  const histogram = new Histogram();
  for (const us of values) histogram.record(us);
  return { count: histogram.count, at: shares.map((p) => histogram.quantile(p)) };
}

/** Merges one histogram per part and asks the result, the second part's own and one that recorded everything. */
export function merged(
  parts: readonly (readonly number[])[],
  shares: readonly number[],
): Record<string, unknown> {
  const histograms = parts.map((part) => {
    const histogram = new Histogram();
    for (const us of part) histogram.record(us);
    return histogram;
  });
  const whole = new Histogram();
  for (const histogram of histograms) whole.merge(histogram);
  return {
    merged: { count: whole.count, at: shares.map((p) => whole.quantile(p)) },
    direct: quantiles(parts.flat(), shares),
    sources: histograms.map((histogram) => histogram.count),
  };
}

let values = new Float64Array(0);

/** Fresh latencies from 1 µs to 60 s, as many in each decade. */
export function prepare(size: number, seed: string): void {
  const rng = createRng(Number.parseInt(seed, 16));
  values = Float64Array.from({ length: size }, () => Math.floor(60_000_000 ** rng.next()));
}

/** The student's way: record each, then ask once. */
export function recordAll(): { count: number; p99: number } {
  const histogram = new Histogram();
  for (const us of values) histogram.record(us);
  return { count: histogram.count, p99: histogram.quantile(0.99) };
}

/** The yardstick: keep every value in an array and sort it. */
export function keepAndSort(): { count: number; p99: number } {
  const kept: number[] = [];
  for (const us of values) kept.push(us);
  kept.sort((a, b) => a - b);
  return { count: kept.length, p99: kept[Math.ceil(0.99 * kept.length) - 1] ?? Number.NaN };
}

/** Bytes that a histogram holds after n values. */
export async function bytesHeld(n: number, seed: number): Promise<number> {
  const alive: InstanceType<typeof Histogram>[] = [];
  let held = 0;
  // Twice, and the second counts: compiled code and what start-up left behind are not the histogram's.
  for (let round = 0; round < 2; round++) {
    const before = await liveBytes();
    const histogram = new Histogram();
    fill(histogram, n, seed);
    held = (await liveBytes()) - before;
    alive.push(histogram);
  }
  for (const { count } of alive) if (count !== n) throw new Error(`count is ${count} after ${n} values`);
  return held;
}

/** Records n values from 1 µs to 60 s. */
function fill(histogram: InstanceType<typeof Histogram>, n: number, seed: number): void {
  const rng = createRng(seed);
  for (let i = 0; i < n; i++) histogram.record(Math.floor(60_000_000 ** rng.next()));
}

/** Bytes in use after a garbage collection: the heap and the buffers outside it. */
async function liveBytes(): Promise<number> {
  const session = new Session();
  session.connect();
  for (let i = 0; i < 3; i++) {
    await nextTurn(); // Buffers of dead objects are freed between turns.
    await new Promise<void>((resolve, reject) => {
      session.post('HeapProfiler.collectGarbage', (error) => (error ? reject(error) : resolve()));
    });
  }
  session.disconnect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external; // arrayBuffers are part of external.
}
