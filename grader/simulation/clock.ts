/** Time that moves only when a test says so. */
import type { Cancel, Clock } from '../../exercises/kernel/types.ts';
import { EventQueue } from './events.ts';
import type { Trace } from './trace.ts';

/** Taken at load time: code under test may replace the global. */
const nextTurn = setImmediate;

/** Turns of the event loop that one drain lasts at most: code that never comes to rest must not hang a check. */
const LONGEST_DRAIN = 100;

/** Timers of one millisecond after which it is clear that they restart one another without any delay. */
const LONGEST_INSTANT = 100_000;

/**
 * A clock for tests: hours pass in milliseconds, and always in the same order.
 *
 * Timers fire by due time, then in the order in which they were set. After each one the clock waits until
 * promise callbacks and `setImmediate` callbacks have run, so that code between two timers behaves as it would
 * with plenty of time between them.
 */
export class SimClock implements Clock {
  readonly #events = new EventQueue();
  #now: number;
  #advancing = false;
  readonly #trace: Trace | undefined;

  constructor(startMs = 1_700_000_000_000, trace?: Trace) {
    this.#now = startMs;
    this.#trace = trace;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.timer(ms, resolve));
  }

  timer(ms: number, fn: () => void): Cancel {
    // Like setTimeout: whole milliseconds, and nonsense means "as soon as possible".
    const delay = ms > 0 ? Math.trunc(ms) : 0;
    const event = this.#events.push(this.#now + delay, fn);
    return () => this.#events.cancel(event);
  }

  /** Timers that are set and have neither fired nor been cancelled. */
  pending(): number {
    return this.#events.size;
  }

  /** When the next timer is due, if there is one. */
  nextAt(): number | undefined {
    return this.#events.peek()?.at;
  }

  /** Lets `ms` milliseconds pass. What a timer's function throws comes out here. */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.#now + ms);
  }

  /** Lets time pass until `time`, which includes the timers due at that very millisecond. */
  async advanceTo(time: number): Promise<void> {
    if (!(time >= this.#now)) throw new RangeError(`time cannot go from ${this.#now} to ${time}`);
    if (this.#advancing) throw new Error('advance() is already under way: await it before the next one');
    this.#advancing = true;
    try {
      await drain(); // code that was just started may be about to set its first timer
      let atThisInstant = 0;
      for (let at = this.nextAt(); at !== undefined && at <= time; at = this.nextAt()) {
        atThisInstant = at === this.#now ? atThisInstant + 1 : 1;
        if (atThisInstant > LONGEST_INSTANT)
          throw new Error('timers without a delay restart one another for ever');
        this.#now = at;
        const event = this.#events.pop();
        this.#trace?.note(at, `timer ${event?.seq}`);
        event?.fn();
        await drain();
      }
      this.#now = time;
    } finally {
      this.#advancing = false;
    }
  }

  /** Lets time pass timer by timer until none is left or `limitMs` have passed; says whether none is left. */
  async runUntilIdle(limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    await drain();
    for (let at = this.nextAt(); at !== undefined && at <= end; at = this.nextAt()) await this.advanceTo(at);
    return this.pending() === 0;
  }
}

/**
 * Lets the event loop turn until nobody waits for the next turn any more: all promise callbacks have run then,
 * and all chains of `setImmediate`.
 */
export async function drain(): Promise<void> {
  for (let turns = 0; turns < LONGEST_DRAIN; turns++) {
    await new Promise<void>((resolve) => void nextTurn(resolve));
    if (!process.getActiveResourcesInfo().includes('Immediate')) return;
  }
}
