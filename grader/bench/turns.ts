/** Several measurements of the same load as one: the turns of a comparison. */
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { describeLatency, mergeHistograms, mergeOutcomes } from './tally.ts';
import type { LoadResult, Tick } from './types.ts';

/** Counts are added, latencies merged bucket by bucket; rates and shares are weighed by their time. */
export function mergeResults(results: readonly [LoadResult, ...LoadResult[]]): LoadResult {
  const [first] = results;
  const ms = sum(results.map((each) => each.ms));
  const overTime = (of: (result: LoadResult) => number): number =>
    sum(results.map((each) => of(each) * each.ms)) / Math.max(ms, 1e-9);
  const most = (of: (result: LoadResult) => number): number => Math.max(...results.map(of));
  const unasked = sum(results.map((each) => each.unasked ?? 0));
  const histogram = mergeHistograms(results.map((each) => each.histogram));
  return {
    startedAt: first.startedAt,
    ms,
    planned: sum(results.map((each) => each.planned)),
    sent: sum(results.map((each) => each.sent)),
    outcomes: mergeOutcomes(results.map((each) => each.outcomes)),
    offered: first.offered === null ? null : overTime((each) => each.offered ?? 0),
    rate: overTime((each) => each.rate),
    latency: describeLatency(histogram),
    histogram: encodeIntoCompressedBase64(histogram),
    generator: {
      cores: overTime((each) => each.generator.cores),
      loop: overTime((each) => each.generator.loop),
      // Of several 99th percentiles only the highest is known to be no less than that of all.
      lagP99: most((each) => each.generator.lagP99),
      lagMax: most((each) => each.generator.lagMax),
    },
    warmup: first.warmup,
    ticks: inSequence(results),
    examples: [...new Set(results.flatMap((each) => each.examples))].slice(0, examplesKept),
    ...(unasked > 0 && { unasked }),
    interrupted: results.some((each) => each.interrupted),
  };
}

/** One of each kind is enough to see, and there are not many kinds. */
const examplesKept = 20;

/** As if the turns had followed each other without a pause. */
function inSequence(results: readonly LoadResult[]): Tick[] {
  let before = 0;
  return results.flatMap(({ ticks, ms }) => {
    const moved = ticks.map((tick) => ({ ...tick, at: tick.at + before }));
    before += ms;
    return moved;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
