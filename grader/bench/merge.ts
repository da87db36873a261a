/** One result out of what the generator processes report. */
import { decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { RunReport, WarmUpReport } from './protocol.ts';
import { describeLatency, mergeHistograms, mergeOutcomes, mergeTicks } from './tally.ts';
import type { LoadResult, LoadSpec } from './types.ts';

/** No report at all: it was interrupted before the clock started. */
export function mergeReports(
  spec: LoadSpec,
  reports: readonly RunReport[],
  about: { readonly startedAt: string; readonly warmUp: WarmUpReport },
): LoadResult {
  const sum = (of: (report: RunReport) => number): number =>
    reports.reduce((total, each) => total + of(each), 0);
  const most = (of: (report: RunReport) => number): number => Math.max(0, ...reports.map(of));
  const histogram = mergeHistograms(reports.map(({ tally }) => tally.histogram));
  const planned = sum((each) => each.planned);
  const windowMs = most((each) => each.windowMs);
  const unasked = sum(({ tally }) => tally.unasked);
  const lags = mergeHistograms(reports.map((each) => each.lags));
  return {
    startedAt: about.startedAt,
    ms: most((each) => each.totalMs),
    planned,
    sent: sum(({ tally }) => tally.sent),
    outcomes: mergeOutcomes(reports.map(({ tally }) => tally.outcomes)),
    offered: spec.mode.kind === 'closed' ? null : perSecond(planned, windowMs),
    // Each process has its own window: by their requests they end at different moments.
    rate: sum(({ tally, windowMs: ms }) => perSecond(tally.inWindow, ms)),
    latency: describeLatency(histogram),
    histogram: encodeIntoCompressedBase64(histogram),
    generator: {
      cores: most(({ cores }) => cores),
      loop: most(({ loop }) => loop),
      lagP99: lags.totalCount > 0 ? lags.getValueAtPercentile(99) / 1_000 : 0,
      lagMax: lags.maxValue / 1_000,
    },
    warmup: about.warmUp,
    ticks: mergeTicks(reports.map(({ tally }) => tally.ticks)),
    examples: Object.values(Object.assign({}, ...reports.toReversed().map(({ tally }) => tally.examples))),
    ...(unasked > 0 && { unasked }),
    interrupted: reports.length < 1 || reports.some((each) => each.stopped),
  };
}

/** A histogram as it is kept in a result. */
export const decodeHistogram = (encoded: string) => decodeFromCompressedBase64(encoded, 32);

function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count / ms) * 1_000 : 0;
}
