/**
 * A bounded queue between a producer that must never wait and consumers that may.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 * `npx craft verify` tells you how far you are; `npx craft hint` helps when you are stuck.
 */
export class BoundedQueue<T> {
  /** How many items may wait at once. */
  readonly capacity: number;

  // Your own fields go here, for example `readonly #items: T[] = [];`

  /** Throws a `RangeError` unless `capacity` is a whole number of at least 1. */
  constructor(capacity: number) {
    this.capacity = capacity;
    // TODO(human): 1. Replace the next line by one `if` that throws a RangeError when `capacity` is not a
    // whole number of at least 1; `Number.isInteger` helps. Contract: invariant 1. (README: Task 1)
    throw new Error('TODO(human): refuse a capacity that is not a whole number of at least 1');
  }

  /** How many items wait now: accepted by `push`, not yet handed to a taker. */
  get size(): number {
    // TODO(human): 2. Report the number of waiting items. (README: Task 2)
    throw new Error('TODO(human): report how many items wait');
  }

  /**
   * Offers an item. Returns true when the queue has accepted it, and false when `capacity` items wait already:
   * then nothing has changed. Never waits. Throws an `Error` once the queue is closed.
   */
  push(item: T): boolean {
    // TODO(human): 2. Accept the item, or say no. When a taker waits, the item is for that taker.
    // Contract: invariants 2, 3 and 6. (README: Tasks 2 and 3)
    throw new Error('TODO(human): accept the item, or return false when the queue is full');
  }

  /**
   * Removes the oldest items, at most `max` of them, and resolves with them in the order they came.
   * What is there is handed over at once, even if it is fewer than `max`. When nothing is there it waits for
   * the next item; when nothing is there and the queue is closed it resolves with `[]`.
   * Rejects with a `RangeError`, and takes nothing, unless `max` is a whole number of at least 1.
   */
  async take(max: number): Promise<T[]> {
    // TODO(human): 2. Refuse a bad `max` with a RangeError, then hand over what is there.
    // Contract: invariants 3 and 4. (README: Task 2)
    // TODO(human): 3. Nothing is there: wait. Return a promise and keep its `resolve` where `push` finds it.
    // Contract: invariants 4 and 5. (README: Task 3)
    throw new Error('TODO(human): hand over the oldest items, or wait for one');
  }

  /** No more pushes. Wakes every waiting taker with `[]`; items that wait can still be taken. Harmless twice. */
  close(): void {
    // TODO(human): 4. Remember that the queue is closed, and wake everybody who waits.
    // Then `push` and `take` must ask whether it is closed. Contract: invariant 6. (README: Task 4)
    throw new Error('TODO(human): close the queue and wake the waiting takers');
  }
}
