/**
 * The open loop: requests are due at random times that do not depend on the server.
 *
 * There is one timetable for all processes, drawn from the seed: a Poisson process that is known to have exactly
 * `requests` events, so that the offered rate is what was asked for. Each process takes every n-th of them. Any free
 * connection takes the oldest request that is due. Its latency counts from when it was due: waiting for a free
 * connection is the server's fault. The time that passed although a connection was free is this generator's, its lag.
 */
import type { Histogram } from 'hdr-histogram-js';
import { createRandom, deriveSeed } from '../core/random.ts';
import type { Connection } from './connection.ts';
import { Loop } from './loop.ts';
import type { Shared } from './shared.ts';
import { createHistogram, record } from './tally.ts';

/** Nearer than this, a timer (which wakes up to a millisecond late) is not asked. */
const spinMs = 2;
/** After the last due time, requests that still wait for a connection are sent this long (or `timeoutMs`, if less), then given up. */
const graceMs = 2_000;

/** When `requests` events of a Poisson process in `ms` happen; of them every `step`-th, from `first` on. */
export function createTimetable(
  requests: number,
  ms: number,
  seed: string,
  first: number,
  step: number,
): Float64Array {
  // Gaps of such a process, given their number, are exponential ones scaled to the window.
  const random = createRandom(deriveSeed(seed, 'timetable'));
  const times = new Float64Array(Math.max(0, Math.ceil((requests - first) / step)));
  const gap = (): number => -Math.log(1 - random.next());
  let at = 0;
  for (let i = 0; i < requests; i++) {
    at += gap();
    if (i % step === first) times[(i - first) / step] = at;
  }
  const scale = ms / (at + gap());
  return times.map((time) => time * scale);
}

export class OpenLoop extends Loop {
  /** How late requests left although a connection was free. */
  readonly lags: Histogram = createHistogram();
  /** Time in which this process only waited, awake, for the next due time. */
  idleMs = 0;
  readonly #times: Float64Array;
  readonly #ms: number;
  readonly #spins: boolean;
  #next = 0;
  /** Connections with room, the longest free first; `#isFree` keeps each from being in it twice. */
  readonly #free: Connection[];
  #head = 0;
  #count = 0;
  readonly #isFree = new Set<Connection>();
  #freeSince = 0;
  #ticking = false;
  #turnedAt = 0;
  #busy = true;
  readonly #tick = (): void => {
    this.#ticking = false;
    const now = performance.now();
    if (!this.#busy) this.idleMs += now - this.#turnedAt;
    this.#busy = false;
    this.#turnedAt = now;
    this.#dispatch(now);
  };

  constructor(
    connections: readonly Connection[],
    shared: Shared,
    timetable: { readonly times: Float64Array; readonly ms: number; readonly spins: boolean },
    onWindowEnd: () => void,
  ) {
    super(connections, shared, onWindowEnd);
    this.#times = timetable.times;
    this.#ms = timetable.ms;
    this.#spins = timetable.spins;
    this.#free = new Array<Connection>(connections.length);
  }

  get planned(): number {
    if (!this.stopped) return this.#times.length;
    const due = this.#times.findIndex((time) => time > this.windowMs);
    return due === -1 ? this.#times.length : due;
  }

  start(now: number): void {
    this.startedAt = now;
    for (const connection of this.connections) this.#release(connection, now);
    // A timer may be early by a part of a millisecond.
    this.after(this.#ms + 1, () => this.#closeWindow(performance.now()));
    const grace = Math.min(graceMs, this.shared.timeoutMs);
    this.after(this.#ms + grace, () => this.#giveUp());
    this.#dispatch(now);
  }

  ready(connection: Connection, now: number): void {
    // Given up: what still waits is not sent any more, or a server that is far behind would be loaded for minutes.
    if (this.exhausted) {
      this.settle(now);
      return;
    }
    this.#busy = true;
    this.#release(connection, now);
    this.#dispatch(now);
  }

  /** The timetable keeps a dead server from spinning: each request that is due knocks once. */
  refused(connection: Connection, now: number): void {
    this.ready(connection, now);
  }

  #release(connection: Connection, now: number): void {
    if (connection.room === 0 || this.#isFree.has(connection)) return;
    if (this.#count === 0) this.#freeSince = now;
    this.#put(connection);
  }

  #put(connection: Connection): void {
    this.#isFree.add(connection);
    this.#free[(this.#head + this.#count) % this.#free.length] = connection;
    this.#count++;
  }

  #take(): Connection {
    const connection = this.#free[this.#head] as Connection;
    this.#head = this.#head + 1 === this.#free.length ? 0 : this.#head + 1;
    this.#count--;
    this.#isFree.delete(connection);
    return connection;
  }

  /** Sends what is due while somebody is free to take it. */
  #dispatch(now: number): void {
    const times = this.#times;
    while (this.#next < times.length && this.#count > 0) {
      const due = this.startedAt + (times[this.#next] as number);
      if (due > now) break;
      this.#next++;
      this.#busy = true;
      record(this.lags, now - Math.max(due, this.#freeSince));
      const connection = this.#take();
      connection.send(due, now);
      if (connection.room > 0) this.#put(connection);
    }
    if (this.#next === times.length) {
      if (now >= this.startedAt + this.#ms) this.#closeWindow(now);
    } else if (this.#count > 0) this.#wake(now);
  }

  /** While nobody is free, the next reply wakes the loop. */
  #wake(now: number): void {
    if (this.#ticking || this.exhausted) return;
    this.#ticking = true;
    const wait = this.startedAt + (this.#times[this.#next] as number) - now;
    if (wait > spinMs || !this.#spins) {
      this.after(Math.max(1, Math.floor(wait - 1)), () => {
        this.#busy = true;
        this.#tick();
      });
    } else setImmediate(this.#tick);
  }

  /** Everything has left, and the timetable's time is over: also its quiet end belongs to the window. */
  #closeWindow(now: number): void {
    this.endWindow(this.startedAt + this.#ms);
    if (this.#next === this.#times.length) this.exhausted = true;
    this.settle(now);
  }

  #giveUp(): void {
    this.exhausted = true;
    this.settle(performance.now());
  }
}
