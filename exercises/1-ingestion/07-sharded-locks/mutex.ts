/**
 * A lock in one cell of memory that threads share.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */

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
    // TODO(human): 3. Take the lock if it is free. Otherwise say in the cell that somebody waits, and sleep until the
    // cell changes. Contract: invariants 2 to 4. (README: Task 2)
    throw new Error('TODO(human): take the lock, or sleep until it is free');
  }

  /** Takes the lock if it is free; whether it did. Never waits. */
  tryLock(): boolean {
    // TODO(human): 2. Look and take must be one operation. Contract: invariant 2. (README: Task 2)
    throw new Error('TODO(human): take the lock if it is free');
  }

  /** Gives the lock back, and wakes one of those who sleep. Throws, and changes nothing, if it is free. */
  unlock(): void {
    // TODO(human): 4. Free the cell first, then wake one, and only if somebody may be asleep.
    // Contract: invariants 3 and 4. (README: Task 2)
    throw new Error('TODO(human): give the lock back, and wake one who sleeps');
  }

  /** Runs `body` with the lock held; the lock is given back whatever happens. */
  with<T>(body: () => T): T {
    // TODO(human): 5. "Whatever happens" means also when the body throws. Contract: invariant 5. (README: Task 3)
    throw new Error('TODO(human): run the body with the lock held');
  }

  /**
   * Runs `body` with all of these locks held. Nobody who calls it can wait for ever for another one who does, whatever
   * the order of the list. A cell that is named twice is locked once.
   */
  static withAll<T>(mutexes: readonly SabMutex[], body: () => T): T {
    // TODO(human): 6. In which order must everybody take them? Contract: invariant 5. (README: Task 3)
    throw new Error('TODO(human): take all the locks, run the body, and give them back');
  }
}
