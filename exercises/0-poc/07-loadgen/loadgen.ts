/**
 * A load generator. Closed loop: every client sends, waits for the answer, sends again; that measures how much
 * a server can do. Open loop: requests are due on a timetable that no server can slow down; that measures how
 * long users wait.
 *
 * You will need: createRng from '../../kernel/index.ts', Connection from './connection.ts', metricBody and
 * waitUntil from './helpers.ts'. All three files are given: read them first, they are short.
 */
import type { Outcome } from './connection.ts';
import { Histogram } from './histogram.ts';

export interface LoadOptions {
  /** Where to post, e.g. `http://127.0.0.1:8080/metrics`. */
  readonly url: string;
  readonly mode: 'open' | 'closed';
  /** Open mode only, and needed there: requests per second. */
  readonly rate?: number;
  /** Connections. Each carries one request at a time, so this many can be under way. */
  readonly clients: number;
  /** For how long requests are taken. */
  readonly ms: number;
  /** Equal seeds give equal bodies in the same order. */
  readonly seed: number;
  /** How long one request may take before it is given up; default 5,000. */
  readonly timeoutMs?: number;
}

/** Latencies of the successful requests, in microseconds; NaN when there were none. */
export interface Latency {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface Report {
  readonly mode: 'open' | 'closed';
  /** Requests that were due: open, on the timetable before `ms`; closed, all that were sent. */
  readonly planned: number;
  /** Requests sent: sent = replies of any status + timeouts + resets. */
  readonly sent: number;
  /** Due, but no connection was free before `ms` was over: planned = sent + unsent. */
  readonly unsent: number;
  /** Replies with a status from 200 to 299: the only successes. */
  readonly ok: number;
  /** Replies by status, successes too: `{ '202': 980, '503': 20 }`. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly timeouts: number;
  readonly resets: number;
  /** Real time from the start to the end of the last request, and at least `ms`. */
  readonly elapsedMs: number;
  /** Requests per second asked of the server: open, `rate`; closed, sent per second of `elapsedMs`. */
  readonly offered: number;
  /** Successes per second of `elapsedMs`. */
  readonly achieved: number;
  readonly latency: Latency;
}

/**
 * Loads the server for `ms` and reports what came back. No request is taken later than that; it waits for those
 * under way, so it ends at the latest after `ms + timeoutMs`, whatever the server does.
 */
export async function runLoad(options: LoadOptions): Promise<Report> {
  refuseBadOptions(options);
  // TODO(human): run `clients` loops side by side, each with its own Connection: take the next request, wait
  // until it is due, send it, tally it, again; close the connection at the end. Draw the bodies from one
  // createRng(seed), in the order of the requests. Then fill in the report. Lesson: "Task 3", then "Task 4".
  throw new Error(`TODO(human): load ${options.url} and report what came back`);
}

/** What came back so far. */
export class Tally {
  ok = 0;
  timeouts = 0;
  resets = 0;
  readonly statuses: Record<string, number> = {};
  readonly #latencies = new Histogram();

  /** Counts one ended request; `us` is how long it took, in microseconds. */
  add(outcome: Outcome, us: number): void {
    // TODO(human): count the outcome as what it is; only a status from 200 to 299 is a success, and only a
    // success has a latency. Lesson: "Task 2".
    throw new Error(`TODO(human): count a ${outcome.kind} after ${us} µs`);
  }

  latency(): Latency {
    const at = (p: number): number => this.#latencies.quantile(p);
    return { min: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
  }
}

/** A load that makes no sense is a mistake of the caller, found before the first request. */
function refuseBadOptions({ mode, rate, clients, ms }: LoadOptions): void {
  if (!Number.isInteger(clients) || clients < 1)
    throw new RangeError(`clients must be 1 or more, got ${clients}`);
  if (!(ms > 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`ms must be more than 0, got ${ms}`);
  if (mode === 'open' && !(rate !== undefined && rate > 0 && rate < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`open mode needs a rate of more than 0 requests per second, got ${rate}`);
  }
}
