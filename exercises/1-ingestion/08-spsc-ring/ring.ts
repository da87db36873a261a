/**
 * Records from one thread to another through shared memory, without a lock.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants". The private fields are
 * a proposal: any other design will do that keeps to layout.ts.
 */
import { CELLS, DATA, LARGEST, PREFIX, READ, REFUSED, SMALLEST, WAITING, WRITTEN } from './layout.ts';

export class SpscRing {
  readonly #atomics: typeof Atomics;
  readonly #buffer: SharedArrayBuffer;
  /** The shared counters: `this.#atomics.load(this.#cells, WRITTEN)`. */
  readonly #cells: Int32Array;
  /** The ring's own bytes. */
  readonly #bytes: Uint8Array;

  /** Memory for a ring of so many bytes: a power of two from 16 to 2^30, otherwise a `RangeError`. */
  static alloc(bytes: number): SharedArrayBuffer {
    // TODO(human): 1. Refuse what is no power of two; the constructor does the same with the buffer that it is given.
    // Contract: invariant 1. (README: Task 1)
    throw new Error('TODO(human): check the number of bytes, and allocate them with those for the counters');
  }

  /**
   * One end of the ring in `buffer`, or both. It goes on where the ring stands. All access to the shared counters goes
   * through `atomics`; the checks look in there.
   */
  constructor(buffer: SharedArrayBuffer, atomics: typeof Atomics = Atomics) {
    this.#atomics = atomics;
    this.#buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, CELLS);
    this.#bytes = new Uint8Array(buffer, DATA);
  }

  /**
   * Writer: copies the record into the ring; false when there is no room for it now. Throws a `RangeError` when there
   * may never be any: with its length in front it must fit into half of the ring.
   */
  tryWrite(record: Uint8Array): boolean {
    // TODO(human): 2. Find the place, copy, and store WRITTEN when everything is in its place. Look at READ only when
    // what you know of it does not suffice. Contract: invariants 2 to 5. (README: Task 2)
    throw new Error('TODO(human): copy the record into the ring, then store WRITTEN');
  }

  /**
   * Reader: calls `visit` for the next records in order, `max` of them or all there are; returns how many. What `visit`
   * gets stays as it is until `readBatch` returns. When `visit` throws, the error passes on, and that record was read.
   */
  readBatch(visit: (record: Uint8Array) => void, max: number): number {
    // TODO(human): 3. Look at WRITTEN, visit what is there, and give back the room of the whole batch at the end.
    // Contract: invariants 6 and 7. (README: Task 3)
    throw new Error('TODO(human): visit the records that are there, then store READ');
  }

  /** Reader: sleeps until a record is there (true, at once if there is one) or `ms` milliseconds are over (false). */
  waitReadable(ms: number): boolean {
    // TODO(human): 4. Say that you wait, look once more, and sleep with `this.#atomics.wait`; tryWrite calls notify, but
    // only while somebody waits. Contract: invariants 8 and 9. (README: Task 4)
    throw new Error('TODO(human): sleep until there is a record');
  }

  /** Given: how often `tryWrite` has returned false. A writer that did not try again has lost so many records. */
  get refused(): number {
    return this.#atomics.load(this.#cells, REFUSED) >>> 0;
  }
}
