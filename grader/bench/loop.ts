/** What the closed and the open loop have in common: a window, an end, and being stopped. */
import type { Connection } from './connection.ts';
import type { Driver, Shared } from './shared.ts';

/** Part of a load for one process. */
export interface Share {
  /** Infinity when only the time counts. */
  readonly requests: number;
  /** Infinity when only the requests count. */
  readonly ms: number;
}

export abstract class Loop implements Driver {
  /** Resolves when everything that was sent has ended, or was stopped. */
  readonly finished: Promise<void>;
  /** Milliseconds of the window, once it is over; the rate is what succeeded within it. */
  windowMs = 0;
  /** Until the window was over and the last request had ended, since the start. */
  totalMs = 0;
  stopped = false;
  protected readonly shared: Shared;
  protected readonly connections: readonly Connection[];
  protected startedAt = 0;
  /** All that will be sent has been sent. */
  protected exhausted = false;
  readonly #onWindowEnd: () => void;
  #windowOpen = true;
  #resolve: () => void = () => {};
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(connections: readonly Connection[], shared: Shared, onWindowEnd: () => void) {
    this.connections = connections;
    this.shared = shared;
    this.#onWindowEnd = onWindowEnd;
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  abstract start(now: number): void;
  abstract ready(connection: Connection, now: number): void;
  abstract refused(connection: Connection, now: number): void;
  /** Requests that were due, or are to be counted as planned. */
  abstract get planned(): number;

  /** Nothing more is sent, and nothing more awaited. */
  stop(now: number): void {
    if (this.exhausted && this.shared.underWay === 0) return;
    this.stopped = true;
    this.exhausted = true;
    this.endWindow(now);
    for (const connection of this.connections) if (!connection.isIdle) connection.close();
    this.settle(now);
  }

  /** The window ends at `now`; later calls change nothing. */
  protected endWindow(now: number): void {
    if (!this.#windowOpen) return;
    this.#windowOpen = false;
    this.shared.tally.windowEnd = now;
    this.windowMs = now - this.startedAt;
    this.#onWindowEnd();
  }

  /** To be called when something ended: it may have been the last. */
  protected settle(now: number): void {
    if (!this.exhausted || this.shared.underWay > 0) return;
    this.endWindow(now);
    this.totalMs = this.totalMs || now - this.startedAt;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#resolve();
  }

  /** A timer that ends with the loop. */
  protected after(ms: number, fn: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        fn();
      },
      Math.min(ms, 0x7fffffff),
    );
    this.#timers.add(timer);
  }
}
