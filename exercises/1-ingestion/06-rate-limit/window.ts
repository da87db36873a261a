/**
 * At most `limit` requests of a client in any `windowMs` milliseconds, wherever the window starts.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import type { Clock } from '../../kernel/index.ts';

/** Most ids that one `sweep` looks at: a million idle clients must not stop the event loop for a second. */
export const SWEEP_AT_MOST = 1_000;

export class SlidingWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #clock: Clock;

  // Your own fields go here: what do you keep for each id, and in what?

  /** Throws a `RangeError` unless `limit` is a whole number of at least 0 and `windowMs` one of at least 1. */
  constructor(limit: number, windowMs: number, clock: Clock) {
    requireWhole('limit', limit, 0);
    requireWhole('windowMs', windowMs, 1);
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  /**
   * Whether this request of `id` may pass. True exactly when fewer than `limit` of its requests that were let
   * through are less than `windowMs` old. A refused request leaves nothing behind.
   */
  allow(id: string): boolean {
    // TODO(human): 1. Decide, and remember the time of a request that you let through: 8 bytes each, `limit` of
    // them at most, and the same work however many there are. Contract: invariants 1 to 3 and 6. (README: Task 1)
    throw new Error('TODO(human): let the request through, or refuse it');
  }

  /**
   * Milliseconds until `allow(id)` would return true if `id` stayed silent until then: 0 when it would now,
   * Infinity when it never will. Asking takes no quota and makes no entry.
   */
  retryAfterMs(id: string): number {
    // TODO(human): 2. Which of the times that you keep has to get old first? Contract: invariant 4. (README: Task 2)
    throw new Error('TODO(human): say in how many milliseconds the id may try again');
  }

  /**
   * Forgets ids that have nothing in the window, and returns how many. Looks at no more than `SWEEP_AT_MOST` ids;
   * the next call goes on where this one stopped, and after the last id at the first.
   */
  sweep(): number {
    // TODO(human): 4. Forget the idle ids, a bounded number at a time. Contract: invariant 7. (README: Task 4)
    throw new Error('TODO(human): forget ids that have nothing in the window');
  }

  /** The time that all the methods above go by. */
  #now(): number {
    // TODO(human): 3. What if the clock is set back by an hour? Count the milliseconds that pass from call to
    // call; a step back counts as none. Contract: invariant 5. (README: Task 3)
    return this.#clock.now();
  }
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
}
