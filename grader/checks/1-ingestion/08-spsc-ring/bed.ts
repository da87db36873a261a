/**
 * Where the reader's thread sleeps in the check `wake`: a model of atomics.wait and notify whose state can be seen, so
 * that the writer can go on exactly when the reader is asleep, and not a moment before.
 */
import type { Op } from './ring.ts';

/** Places in the shared array. */
const [ON, WAKES, SLEPT] = [0, 1, 2];

export const BED_BYTES = 16;

export class Bed {
  readonly #state: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#state = new Int32Array(shared);
  }

  /** Reader: sleeps as atomics.wait would. */
  sleep(op: Op, cells: Int32Array): 'ok' | 'not-equal' | 'timed-out' {
    const [expected = 0, limit = Number.POSITIVE_INFINITY] = op.values;
    const state = this.#state;
    const wakes = Atomics.load(state, WAKES);
    Atomics.store(state, ON, op.byte + 1);
    let ended: 'ok' | 'not-equal' | 'timed-out' = 'not-equal';
    if (Atomics.load(cells, op.byte >> 2) === (expected | 0)) {
      Atomics.add(state, SLEPT, 1);
      Atomics.notify(state, SLEPT);
      ended = Atomics.wait(state, WAKES, wakes, limit) === 'timed-out' ? 'timed-out' : 'ok';
    }
    Atomics.store(state, ON, 0);
    return ended;
  }

  /** Writer: wakes who sleeps on that cell. */
  notify(op: Op): void {
    if (op.values[0] === 0 || Atomics.load(this.#state, ON) !== op.byte + 1) return;
    Atomics.add(this.#state, WAKES, 1);
    Atomics.notify(this.#state, WAKES);
  }

  /** Reader: waitReadable has returned. */
  back(): void {
    Atomics.add(this.#state, SLEPT, 1_000);
    Atomics.notify(this.#state, SLEPT);
  }

  /** Writer: until the reader is asleep, once more after each time it was woken, or has come back. */
  untilAsleep(ms: number): void {
    const until = performance.now() + ms;
    for (;;) {
      const slept = Atomics.load(this.#state, SLEPT);
      const left = until - performance.now();
      if (slept > Atomics.load(this.#state, WAKES) || left <= 0) return;
      Atomics.wait(this.#state, SLEPT, slept, left);
    }
  }
}
