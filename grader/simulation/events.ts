/** The one queue of a simulation: what happens next, and nothing else, decides the order of everything. */

/** Something that will happen. */
export interface SimEvent {
  readonly at: number;
  /** Order of arrival: decides between events of the same millisecond. */
  readonly seq: number;
  readonly fn: () => void;
  cancelled: boolean;
}

/** A binary heap ordered by (at, seq). Cancelled events stay inside until they surface or outnumber the rest. */
export class EventQueue {
  #heap: SimEvent[] = [];
  #live = 0;
  #nextSeq = 0;

  /** Events that will still happen. */
  get size(): number {
    return this.#live;
  }

  push(at: number, fn: () => void): SimEvent {
    const event: SimEvent = { at, seq: this.#nextSeq++, fn, cancelled: false };
    this.#heap.push(event);
    this.#live++;
    this.#siftUp(this.#heap.length - 1);
    return event;
  }

  /** The next event, still in the queue. */
  peek(): SimEvent | undefined {
    let first = this.#heap[0];
    while (first?.cancelled) {
      this.#removeFirst();
      first = this.#heap[0];
    }
    return first;
  }

  pop(): SimEvent | undefined {
    const event = this.peek();
    if (event === undefined) return undefined;
    this.#removeFirst();
    this.#live--;
    event.cancelled = true; // cancelling what has happened must not change the count
    return event;
  }

  cancel(event: SimEvent): void {
    if (event.cancelled) return;
    event.cancelled = true;
    this.#live--;
    if (this.#heap.length > 64 && this.#live < this.#heap.length / 2) this.#compact();
  }

  /** Timeouts that are set and cancelled by the thousand would otherwise pile up until their time comes. */
  #compact(): void {
    this.#heap = this.#heap.filter((event) => !event.cancelled).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #siftDown(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const a = this.#heap[left];
      const b = this.#heap[right];
      if (a === undefined) return;
      const child = b !== undefined && isBefore(b, a) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    const a = this.#heap[child];
    const b = this.#heap[parent];
    if (a === undefined || b === undefined || !isBefore(a, b)) return false;
    this.#heap[child] = b;
    this.#heap[parent] = a;
    return true;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq);
}
