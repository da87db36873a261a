/** What happened to the requests of one process, and how the tallies of several become one. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import type { Latency, Outcomes, Tick } from './types.ts';

/** The ways to fail that are not a status. */
export type Failure = 'wrongBody' | 'timeouts' | 'resets' | 'refused' | 'garbage';

/** A histogram is made for latencies up to this one, and grows for longer ones. */
const usualLatencyUs = 120_000_000;

/** What a process says about its tally; plain data. */
export interface TallyReport {
  readonly sent: number;
  /** Successes that ended while the window was open: what the rate is made of. */
  readonly inWindow: number;
  readonly outcomes: Outcomes;
  readonly unasked: number;
  readonly histogram: string;
  readonly ticks: readonly Tick[];
  /** By kind, so that several processes do not show the same thing twice. */
  readonly examples: Readonly<Record<string, string>>;
}

/** Microseconds from 1 us on, to three significant digits. However long a request took, its latency is not cut short. */
export function createHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: usualLatencyUs,
    numberOfSignificantValueDigits: 3,
    autoResize: true,
  });
}

export function record(histogram: Histogram, ms: number): void {
  const us = Math.round(ms * 1_000);
  histogram.recordValue(us < 1 ? 1 : us);
}

export class Tally {
  sent = 0;
  ended = 0;
  failed = 0;
  /** A success after this moment is counted, but not in the rate. */
  windowEnd = Number.POSITIVE_INFINITY;
  inWindow = 0;
  /** How often bytes came that no request under way had asked for. */
  unasked = 0;
  readonly #latencies = createHistogram();
  readonly #statuses = new Uint32Array(1_000);
  readonly #failures: Record<Failure, number> = {
    wrongBody: 0,
    timeouts: 0,
    resets: 0,
    refused: 0,
    garbage: 0,
  };
  #succeeded = 0;
  readonly #ticks: Tick[] = [];
  readonly #tickMs: number;
  #startedAt = 0;
  #tickEnd = Number.POSITIVE_INFINITY;
  #endedBefore = 0;
  #failedBefore = 0;
  readonly #examples = new Map<string, string>();

  constructor(tickMs = 250) {
    this.#tickMs = tickMs;
  }

  start(now: number): void {
    this.#startedAt = now;
    this.#tickEnd = now + this.#tickMs;
  }

  succeed(latencyMs: number, now: number): void {
    if (now >= this.#tickEnd) this.#turn(now);
    if (now <= this.windowEnd) this.inWindow++;
    this.#succeeded++;
    this.ended++;
    record(this.#latencies, latencyMs);
  }

  /** Another status than the expected one. */
  refuse(status: number, now: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    this.#fail(1, now);
  }

  fail(failure: Failure, count: number, now: number): void {
    this.#failures[failure] += count;
    this.#fail(count, now);
  }

  /** Requests that nobody will wait for are as if they had never been sent. */
  withdraw(count: number): void {
    this.sent -= count;
  }

  /** Nine in ten successes took no longer, ms; 0 without one. */
  get usualMs(): number {
    return this.#latencies.getValueAtPercentile(90) / 1_000;
  }

  lacks(kind: string): boolean {
    return !this.#examples.has(kind);
  }

  show(kind: string, example: string): void {
    if (this.lacks(kind)) this.#examples.set(kind, example);
  }

  report(now: number): TallyReport {
    this.#turn(now);
    if (this.ended > this.#endedBefore) this.#tick(now);
    const statuses: Record<string, number> = {};
    for (const [status, count] of this.#statuses.entries()) if (count > 0) statuses[status] = count;
    return {
      sent: this.sent,
      inWindow: this.inWindow,
      outcomes: { succeeded: this.#succeeded, ...this.#failures, statuses },
      unasked: this.unasked,
      histogram: encodeIntoCompressedBase64(this.#latencies),
      ticks: this.#ticks,
      examples: Object.fromEntries(this.#examples),
    };
  }

  #fail(count: number, now: number): void {
    if (now >= this.#tickEnd) this.#turn(now);
    this.ended += count;
    this.failed += count;
  }

  /** Closes all ticks that are over; in those after the first nothing ended. */
  #turn(now: number): void {
    while (now >= this.#tickEnd) {
      this.#tick(this.#tickEnd);
      this.#tickEnd += this.#tickMs;
    }
  }

  #tick(end: number): void {
    this.#ticks.push({
      at: end - this.#startedAt,
      ended: this.ended - this.#endedBefore,
      failed: this.failed - this.#failedBefore,
    });
    this.#endedBefore = this.ended;
    this.#failedBefore = this.failed;
  }
}

/** One outcome of several processes. */
export function mergeOutcomes(all: readonly Outcomes[]): Outcomes {
  const statuses: Record<string, number> = {};
  for (const outcomes of all) {
    for (const [status, count] of Object.entries(outcomes.statuses)) {
      statuses[status] = (statuses[status] ?? 0) + count;
    }
  }
  const sum = (of: (outcomes: Outcomes) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    succeeded: sum((each) => each.succeeded),
    wrongBody: sum((each) => each.wrongBody),
    statuses,
    timeouts: sum((each) => each.timeouts),
    resets: sum((each) => each.resets),
    refused: sum((each) => each.refused),
    garbage: sum((each) => each.garbage),
  };
}

/** Exact: the buckets are added, value by value. */
export function mergeHistograms(encoded: readonly string[]): Histogram {
  const all = createHistogram();
  for (const each of encoded) all.add(decodeFromCompressedBase64(each, 32));
  return all;
}

/** Tick by tick: all processes began at one moment and use the same length. */
export function mergeTicks(all: readonly (readonly Tick[])[]): Tick[] {
  const longest = all.reduce((most, ticks) => (ticks.length > most.length ? ticks : most), []);
  return longest.map((_, i) => {
    const same = all.flatMap((ticks) => ticks[i] ?? []);
    return {
      at: Math.max(...same.map((tick) => tick.at)),
      ended: same.reduce((total, tick) => total + tick.ended, 0),
      failed: same.reduce((total, tick) => total + tick.failed, 0),
    };
  });
}

/** Null when nothing succeeded. */
export function describeLatency(histogram: Histogram): Latency | null {
  if (histogram.totalCount === 0) return null;
  const percentile = (share: number): number => histogram.getValueAtPercentile(share) / 1_000;
  return {
    min: histogram.minNonZeroValue / 1_000,
    mean: histogram.mean / 1_000,
    p50: percentile(50),
    p90: percentile(90),
    p99: percentile(99),
    p999: percentile(99.9),
    max: histogram.maxValue / 1_000,
  };
}
