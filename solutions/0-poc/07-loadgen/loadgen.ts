/**
 * A load generator. Closed loop: every client sends, waits for the answer, sends again; that measures how much
 * a server can do. Open loop: requests are due on a timetable that no server can slow down; that measures how
 * long users wait. Both are one loop here: they differ in the line that says when a request was due.
 */
import { createRng } from '../../kernel/index.ts';
import { Connection, type Outcome } from './connection.ts';
import { metricBody, waitUntil } from './helpers.ts';
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
  const { url, mode, rate = 0, clients, ms, seed, timeoutMs = 5_000 } = options;
  const rng = createRng(seed);
  const tally = new Tally();
  // The timetable: request i is due at i * 1000 / rate. A closed loop has none: there is always a next one.
  const timetable = mode === 'open' ? Math.ceil((rate * ms) / 1_000) : Number.POSITIVE_INFINITY;
  let next = 0;
  const start = performance.now();

  const client = async (): Promise<void> => {
    const connection = new Connection(url, timeoutMs);
    // All clients take from one timetable: whoever is free gets the request that is due first.
    while (next < timetable && performance.now() < start + ms) {
      const due = mode === 'open' ? start + (next * 1_000) / rate : performance.now();
      next += 1;
      const body = metricBody(rng); // Before the wait, so that bodies follow the order of the timetable.
      await waitUntil(due);
      const outcome = await connection.send(body);
      // From when it was due, not from when it was sent: waiting for a free connection is waiting too.
      tally.add(outcome, (performance.now() - due) * 1_000);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: clients }, client));

  // A run lasts `ms` at least: over less time than the timetable's, `achieved` would exceed `offered`.
  const elapsedMs = Math.max(ms, performance.now() - start);
  const perSecond = (n: number): number => (n * 1_000) / elapsedMs;
  const planned = mode === 'open' ? timetable : next;
  return {
    mode,
    planned,
    sent: next,
    unsent: planned - next,
    ok: tally.ok,
    statuses: tally.statuses,
    timeouts: tally.timeouts,
    resets: tally.resets,
    elapsedMs,
    offered: mode === 'open' ? rate : perSecond(next),
    achieved: perSecond(tally.ok),
    latency: tally.latency(),
  };
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
    if (outcome.kind === 'timeout') this.timeouts += 1;
    else if (outcome.kind === 'reset') this.resets += 1;
    else {
      this.statuses[outcome.status] = (this.statuses[outcome.status] ?? 0) + 1;
      if (outcome.status < 200 || outcome.status > 299) return;
      // Only a success has a latency: a 503 in 50 µs would make an overloaded server look fast.
      this.ok += 1;
      this.#latencies.record(us);
    }
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
