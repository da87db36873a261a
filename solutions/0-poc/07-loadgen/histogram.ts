/**
 * A histogram of latencies that forgets the values and keeps their distribution.
 *
 * Bucket i counts the values from `growth ** i` up to `growth ** (i + 1)`: each bucket is 2 % wider than the
 * one before, so the error is the same share of the value at 50 µs and at 50 s. Sixty seconds end in bucket
 * 904, so 905 counters are enough for any number of values.
 */

/** Shorter than this counts as this: one microsecond. */
export const lowestUs = 1;
/** Longer than this counts as this: one minute. */
export const highestUs = 60_000_000;

const growth = 1.02;
const perLog = 1 / Math.log(growth);
const buckets = Math.floor(Math.log(highestUs) * perLog) + 1;

export class Histogram {
  // Doubles count exactly to 2^53; 32-bit counters would wrap after a day of load.
  readonly #counts = new Float64Array(buckets);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(us: number): void {
    if (Number.isNaN(us)) throw new RangeError('record() needs a number of microseconds, got NaN');
    const bounded = Math.min(Math.max(us, lowestUs), highestUs);
    const bucket = Math.floor(Math.log(bounded) * perLog);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
  }

  quantile(p: number): number {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile() needs a share from 0 to 1, got ${p}`);
    if (this.#count === 0) return Number.NaN;
    // Nearest rank: the smallest value with at least p * count values at or below it; p = 0 is the first.
    const rank = Math.max(1, Math.ceil(p * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return middleOf(bucket);
    }
    return highestUs;
  }

  merge(other: Histogram): void {
    for (let bucket = 0; bucket < buckets; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
    }
    this.#count += other.#count;
  }
}

/** The value that is equally far, in per cent, from both edges of a bucket: (growth-1)/(growth+1) = 0.99 %. */
function middleOf(bucket: number): number {
  return (2 * growth ** (bucket + 1)) / (growth + 1);
}
