/**
 * At most `limit` requests of a client in any `windowMs` milliseconds, wherever the window starts.
 *
 * One question decides everything: *when was the request let through that is `limit` requests back?* If that is
 * `windowMs` ago or more, fewer than `limit` lie in the window, and one more fits. So each client needs its last
 * `limit` times and no more, the oldest of them always at hand. Nothing is counted, and nothing has to be removed
 * when it gets old: it is overwritten when its place is needed.
 */
import type { Clock } from '../../kernel/index.ts';

/** Most ids that one `sweep` looks at: a million idle clients must not stop the event loop for a second. */
export const SWEEP_AT_MOST = 1_000;

/** The time of a request that there has never been: out of every window. */
const NEVER = Number.NEGATIVE_INFINITY;

export class SlidingWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #clock: Clock;
  /** A Map, not an object: an id may be `__proto__`, and a Map can be walked a few entries at a time. */
  readonly #logs = new Map<string, Log>();
  /** Where the next sweep goes on. */
  #cursor: Iterator<[string, Log]> | undefined;
  #lastReading: number;
  #elapsed = 0;

  /** Throws a `RangeError` unless `limit` is a whole number of at least 0 and `windowMs` one of at least 1. */
  constructor(limit: number, windowMs: number, clock: Clock) {
    requireWhole('limit', limit, 0);
    requireWhole('windowMs', windowMs, 1);
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#lastReading = clock.now();
  }

  /**
   * Whether this request of `id` may pass. True exactly when fewer than `limit` of its requests that were let
   * through are less than `windowMs` old. A refused request leaves nothing behind.
   */
  allow(id: string): boolean {
    const now = this.#now();
    let log = this.#logs.get(id);
    if (log === undefined) {
      if (this.#limit === 0) return false; // and nothing is kept: a stranger must not cost memory for a refusal
      log = new Log();
      this.#logs.set(id, log);
    }
    if (now - log.oldest < this.#windowMs) {
      // Every time in the log is in the window. It grows with what a client does, not with what it might do:
      // `limit` places from the start would be 80 KB for a client of 10,000 a second that comes once.
      if (log.places === this.#limit) return false;
      log.grow(Math.min(2 * log.places, this.#limit));
    }
    log.note(now);
    return true;
  }

  /**
   * Milliseconds until `allow(id)` would return true if `id` stayed silent until then: 0 when it would now,
   * Infinity when it never will. Asking takes no quota and makes no entry.
   */
  retryAfterMs(id: string): number {
    if (this.#limit === 0) return Number.POSITIVE_INFINITY;
    const now = this.#now();
    const log = this.#logs.get(id);
    if (log === undefined || log.places < this.#limit) return 0;
    return Math.max(0, log.oldest + this.#windowMs - now);
  }

  /**
   * Forgets ids that have nothing in the window, and returns how many. Looks at no more than `SWEEP_AT_MOST` ids;
   * the next call goes on where this one stopped, and after the last id at the first.
   */
  sweep(): number {
    const now = this.#now();
    this.#cursor ??= this.#logs.entries();
    let removed = 0;
    for (let looked = 0; looked < SWEEP_AT_MOST; looked++) {
      // A Map's iterator copes with deletions and additions while it is under way.
      const { done, value } = this.#cursor.next();
      if (done === true) {
        this.#cursor = undefined;
        break;
      }
      const [id, log] = value;
      if (now - log.newest < this.#windowMs) continue;
      this.#logs.delete(id);
      removed++;
    }
    return removed;
  }

  /**
   * Milliseconds that have passed, as this window counts them: forward steps of the clock add up, a step back
   * counts as none. Neither does a client get its quota twice when somebody sets the clock back by an hour, nor
   * does it have to wait for that hour to pass again.
   */
  #now(): number {
    const reading = this.#clock.now();
    this.#elapsed += Math.max(0, reading - this.#lastReading);
    this.#lastReading = reading;
    return this.#elapsed;
  }
}

/** The times of one client's last requests that were let through: a ring, in which the next one replaces the oldest. */
class Log {
  #times = [NEVER];
  /** Index of the oldest time, or of a place that was never used. */
  #next = 0;

  get places(): number {
    return this.#times.length;
  }

  get oldest(): number {
    return this.#times[this.#next] ?? NEVER;
  }

  get newest(): number {
    return this.#times.at(this.#next - 1) ?? NEVER; // at(-1) is the last place
  }

  note(time: number): void {
    this.#times[this.#next] = time;
    this.#next = (this.#next + 1) % this.#times.length;
  }

  /** To more places than it has. The times move to the front, oldest first, and the free places are next. */
  grow(places: number): void {
    const times = new Array<number>(places).fill(NEVER);
    const old = this.#times.length;
    for (let i = 0; i < old; i++) times[i] = this.#times[(this.#next + i) % old] ?? NEVER;
    this.#times = times;
    this.#next = old;
  }
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
}
