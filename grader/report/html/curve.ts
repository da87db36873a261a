/** A latency histogram as points of a percentile curve. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';

/** Evenly apart on an axis of nines, and the percentiles that people ask for. */
const percentiles = [
  ...Array.from({ length: 75 }, (_, index) => 0.3 + index * 0.05).map((nines) =>
    Number((100 * (1 - 10 ** -nines)).toFixed(5)),
  ),
  ...[50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99],
]
  .filter((percentile) => percentile >= 50 && percentile <= 99.99)
  .sort((a, b) => a - b);

/** Percentile and ms. Ends where fewer than one request is slower; empty when nothing can be read. */
export function percentileCurve(histogram: string): [percentile: number, ms: number][] {
  if (histogram === '') return [];
  try {
    const decoded = decodeFromCompressedBase64(histogram, 32, false);
    const total = decoded.totalCount;
    return [...new Set(percentiles)]
      .filter((percentile) => total * (1 - percentile / 100) >= 1 - 1e-9)
      .map((percentile) => [percentile, decoded.getValueAtPercentile(percentile) / 1_000]);
  } catch {
    // The run's other figures stand; a file that somebody edited has only no curve.
    return [];
  }
}
