/**
 * A histogram of latencies that forgets the values and keeps their distribution, in the same memory after a
 * thousand values and after a billion.
 */

/** Shorter than this counts as this: one microsecond. */
export const lowestUs = 1;
/** Longer than this counts as this: one minute. */
export const highestUs = 60_000_000;

// TODO(human): choose the buckets and keep one counter for each, as private fields of the class. From 1 µs to
// 60 s the middle of a bucket must be within 1 % of every value that falls into it. Lesson: "What you build".
export class Histogram {
  /** How many values were recorded, merged ones included. */
  get count(): number {
    throw new Error('TODO(human): return how many values were recorded');
  }

  /**
   * Counts one latency in microseconds. Values outside 1 µs to 60 s count as the nearest of the two; fractions
   * may be rounded; NaN throws a RangeError.
   */
  record(us: number): void {
    // TODO(human): add one to the counter of the bucket that `us` falls into; compute the bucket, don't search
    // for it. Lesson: "Task 1".
    throw new Error(`TODO(human): count ${us} in its bucket`);
  }

  /**
   * The value at share `p` of the recorded ones (0.99 is the 99th percentile), by nearest rank, within 1 %:
   * the smallest recorded value with at least `p * count` values at or below it, and the smallest of all for
   * p = 0. NaN when nothing was recorded; a RangeError when `p` is not from 0 to 1.
   */
  quantile(p: number): number {
    // TODO(human): walk the counters up to the rank and return the middle of that bucket. Lesson: "Task 1".
    throw new Error(`TODO(human): find the bucket that holds rank p * count, p = ${p}`);
  }

  /** Adds everything that `other` has recorded; `other` stays as it is. */
  merge(other: Histogram): void {
    // TODO(human): afterwards both this and a histogram that recorded all the values itself answer the same.
    throw new Error(`TODO(human): add the ${other.count} values of the other histogram`);
  }
}
