/**
 * A bounded queue between a producer that must never wait and consumers that may.
 *
 * The producer gets its answer at once: true, or false when `capacity` items wait already. A consumer that finds
 * nothing waits without cost: the queue keeps the function that resolves its promise, and the next push calls it.
 *
 * One fact carries the class: a taker waits only while no item does. Every method keeps it true, so an item
 * never has to choose between a line of items and a line of takers.
 */
export class BoundedQueue<T> {
  /** How many items may wait at once. */
  readonly capacity: number;
  readonly #items = new Fifo<T>();
  /** Who waits, longest first: each is the `resolve` of the promise that `take` returned. */
  readonly #takers = new Fifo<(items: T[]) => void>();
  #closed = false;

  /** Throws a `RangeError` unless `capacity` is a whole number of at least 1. */
  constructor(capacity: number) {
    requireCount('capacity', capacity);
    this.capacity = capacity;
  }

  /** How many items wait now: accepted by `push`, not yet handed to a taker. */
  get size(): number {
    return this.#items.length;
  }

  /**
   * Offers an item. Returns true when the queue has accepted it, and false when `capacity` items wait already:
   * then nothing has changed. Never waits. Throws an `Error` once the queue is closed.
   */
  push(item: T): boolean {
    // Closed comes before full: "try again later" would be a lie.
    if (this.#closed) throw new Error('the queue is closed: nothing can be pushed any more');
    const [taker] = this.#takers.take(1);
    if (taker !== undefined) {
      // Handed over directly, so nobody who calls take() a moment later can get ahead of this taker.
      taker([item]);
      return true;
    }
    if (this.#items.length === this.capacity) return false;
    this.#items.push(item);
    return true;
  }

  /**
   * Removes the oldest items, at most `max` of them, and resolves with them in the order they came.
   * What is there is handed over at once, even if it is fewer than `max`. When nothing is there it waits for
   * the next item; when nothing is there and the queue is closed it resolves with `[]`.
   * Rejects with a `RangeError`, and takes nothing, unless `max` is a whole number of at least 1.
   */
  async take(max: number): Promise<T[]> {
    requireCount('max', max);
    if (this.#items.length > 0) return this.#items.take(max);
    if (this.#closed) return [];
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** No more pushes. Wakes every waiting taker with `[]`; items that wait can still be taken. Harmless twice. */
  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.take(this.#takers.length)) taker([]);
  }
}

/**
 * First in, first out, at a constant cost per item.
 *
 * `Array.shift` moves every item that stays, so draining n items moves n²/2 of them. Here the oldest item is only
 * marked as gone, by `#head`. The gap in front is cut off when it makes up half of the array: that copies at most
 * as many items as were taken since the last cut, which is one copy per item, however long the queue.
 */
class Fifo<T> {
  #items: T[] = [];
  /** Index of the oldest item; those before it are gone. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Removes the oldest `count` items, or all when there are fewer, into an array of the caller's own. */
  take(count: number): T[] {
    const taken = this.#items.slice(this.#head, this.#head + count);
    this.#head += taken.length;
    if (this.#head * 2 >= this.#items.length) {
      // Also when the queue is empty: taken items must not stay reachable, or they are never freed.
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new RangeError(`${name} must be a whole number of at least 1, not ${value}`);
}
