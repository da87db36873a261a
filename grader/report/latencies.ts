/** Reads the latencies of a LoadResult back: how many requests took how long. */
import { decodeFromCompressedBase64, JsHistogram } from 'hdr-histogram-js';

export interface Recorded {
  /** The latency, ms. */
  readonly ms: number;
  readonly count: number;
}

/** In rising order; empty for a run without a success. */
export function decodeLatencies(histogram: string): Recorded[] {
  if (histogram === '') return [];
  const decoded = decodeFromCompressedBase64(histogram, 32, false);
  if (!(decoded instanceof JsHistogram)) throw new TypeError('the histogram was decoded as WebAssembly');
  const recorded: Recorded[] = [];
  const values = decoded.recordedValuesIterator;
  for (values.reset(); values.hasNext(); ) {
    const { valueIteratedTo, countAddedInThisIterationStep } = values.next();
    recorded.push({ ms: valueIteratedTo / 1_000, count: countAddedInThisIterationStep });
  }
  return recorded;
}
