/**
 * A lock in one cell of memory that threads share.
 *
 * The cell has three states: free, held, and held while somebody may be asleep. The third is what makes the lock cheap
 * when nobody waits: who unlocks sees from the cell itself whether there is anybody to wake.
 *
 * Why no wake-up is lost: who goes to sleep has put CONTENDED into the cell before, and `Atomics.wait` sleeps only if it
 * is still there. If the owner unlocks first, the wait returns at once; if it unlocks later, it sees CONTENDED and wakes.
 */

const FREE = 0;
const HELD = 1;
/** Held, and somebody sleeps or is about to. It may be said once too often, never once too seldom. */
const CONTENDED = 2;

export class SabMutex {
  readonly #cells: Int32Array;
  readonly #index: number;

  /** The lock is `cells[index]`, on a SharedArrayBuffer; 0 is free. It uses no other cell. */
  constructor(cells: Int32Array, index: number) {
    if (!(cells.buffer instanceof SharedArrayBuffer)) throw new TypeError('the cells are not shared memory');
    if (!Number.isInteger(index) || index < 0 || index >= cells.length)
      throw new RangeError(`there is no cell ${index}`);
    this.#cells = cells;
    this.#index = index;
  }

  /** Returns when this thread has the lock; sleeps as long as another one has it. */
  lock(): void {
    if (this.tryLock()) return; // one operation, as long as threads do not meet
    // Who comes here takes the lock as CONTENDED, even when nobody is left: others may have gone to sleep meanwhile,
    // and it cannot know. The price is one notify for nothing.
    while (Atomics.exchange(this.#cells, this.#index, CONTENDED) !== FREE)
      Atomics.wait(this.#cells, this.#index, CONTENDED);
  }

  /** Takes the lock if it is free; whether it did. Never waits. */
  tryLock(): boolean {
    return Atomics.compareExchange(this.#cells, this.#index, FREE, HELD) === FREE;
  }

  /** Gives the lock back, and wakes one of those who sleep. Throws, and changes nothing, if it is free. */
  unlock(): void {
    const before = Atomics.exchange(this.#cells, this.#index, FREE);
    if (before === FREE) throw new Error('the mutex is not locked');
    // After the exchange: who is woken first would find the lock held, and sleep again.
    if (before === CONTENDED) Atomics.notify(this.#cells, this.#index, 1);
  }

  /** Runs `body` with the lock held; the lock is given back whatever happens. */
  with<T>(body: () => T): T {
    this.lock();
    try {
      return body();
    } finally {
      this.unlock();
    }
  }

  /**
   * Runs `body` with all of these locks held. Everybody takes them in the order of their addresses, so that nobody can
   * hold one and wait for another whose owner waits for the first. A cell that is named twice is locked once.
   */
  static withAll<T>(mutexes: readonly SabMutex[], body: () => T): T {
    const byAddress = new Map(mutexes.map((mutex) => [mutex.#address, mutex]));
    const ordered = [...byAddress].sort(([a], [b]) => a - b).map(([, mutex]) => mutex);
    return ordered.reduceRight((inner, mutex) => () => mutex.with(inner), body)();
  }

  /** Where the cell is in the buffer: the same for every array and every object that stand for it. */
  get #address(): number {
    return this.#cells.byteOffset + this.#index * Int32Array.BYTES_PER_ELEMENT;
  }
}
