import type { FirstWin, Mutant } from '../../../instructor/mutant.ts';

const file = 'queue.ts';

export const mutants: Mutant[] = [
  {
    id: 'compare-only',
    misconception: 'a capacity below 1 is the only bad one: NaN and fractions will not come',
    file,
    find: 'if (Number.isInteger(value) && value >= 1) return;',
    replace: 'if (!(value < 1)) return;',
    killedBy: 'capacity',
  },
  {
    id: 'stack',
    misconception: 'items can be taken from the end, where it is cheap',
    file,
    find: 'const taken = this.#items.slice(this.#head, this.#head + count);\n    this.#head += taken.length;',
    replace: 'const taken = this.#items.splice(-count).reverse();',
    killedBy: 'fifo',
  },
  {
    id: 'static-items',
    misconception: 'there is only one queue in the program, so its items can be static',
    file,
    find: 'readonly #items = new Fifo<T>();',
    replace:
      'static #all: Fifo<never> | undefined;\n  readonly #items = (BoundedQueue.#all ??= new Fifo<never>()) as unknown as Fifo<T>;',
    killedBy: 'own-state',
  },
  {
    id: 'full-batches',
    misconception: 'take(max) waits until max items are there',
    file,
    find: 'if (this.#items.length > 0) return this.#items.take(max);',
    replace: 'if (this.#items.length >= max) return this.#items.take(max);',
    killedBy: 'at-most-max',
  },
  {
    id: 'own-array',
    misconception: 'when everything is taken, the array of the queue itself can be given away',
    file,
    find: 'const taken = this.#items.slice(this.#head, this.#head + count);',
    replace:
      'if (this.#head === 0 && count >= this.#items.length) {\n      this.#head = this.#items.length;\n      return this.#items;\n    }\n    const taken = this.#items.slice(this.#head, this.#head + count);',
    killedBy: 'at-most-max',
  },
  {
    id: 'evict-oldest',
    misconception: 'a full queue makes room by forgetting its oldest item',
    file,
    find: 'if (this.#items.length === this.capacity) return false;',
    replace: 'if (this.#items.length === this.capacity) this.#items.take(1);',
    killedBy: 'full',
  },
  {
    id: 'off-by-one',
    misconception: 'one more than the capacity still fits',
    file,
    find: 'if (this.#items.length === this.capacity) return false;',
    replace: 'if (this.#items.length > this.capacity) return false;',
    killedBy: 'full',
  },
  {
    id: 'counts-gone-items',
    misconception: 'the length of the array is the number of waiting items',
    file,
    find: 'return this.#items.length - this.#head;',
    replace: 'return this.#items.length;',
    killedBy: 'room-again',
  },
  {
    id: 'truthy-items',
    misconception: 'an item that is 0, empty or null is no item',
    file,
    find: 'if (this.#items.length > 0) return this.#items.take(max);',
    replace:
      'const items = this.#items.take(max).filter((item) => item);\n    if (items.length > 0) return items;',
    killedBy: 'any-item',
  },
  {
    id: 'no-waiting',
    misconception: 'an empty queue answers with an empty array, and the caller may ask again',
    file,
    find: 'return new Promise((resolve) => this.#takers.push(resolve));',
    replace: 'return [];',
    killedBy: 'waits',
  },
  {
    id: 'one-taker',
    misconception: 'only one taker can wait at a time',
    file,
    find: 'const [taker] = this.#takers.take(1);',
    replace: 'const [taker] = this.#takers.take(this.#takers.length).slice(-1);',
    killedBy: 'takers-in-order',
  },
  {
    id: 'barging',
    misconception: 'a woken taker finds its item still there when its turn comes',
    file,
    find: 'taker([item]);',
    replace: 'this.#items.push(item);\n      setImmediate(() => taker(this.#items.take(1)));',
    killedBy: 'takers-in-order',
  },
  {
    id: 'any-max',
    misconception: 'nobody asks for 0 items or for NaN of them',
    file,
    find: "requireCount('max', max);",
    replace: '',
    killedBy: 'bad-max',
  },
  {
    id: 'wakes-one',
    misconception: 'close wakes the taker that waits, and there is only one',
    file,
    find: 'for (const taker of this.#takers.take(this.#takers.length)) taker([]);',
    replace: 'for (const taker of this.#takers.take(1)) taker([]);',
    killedBy: 'close-wakes',
  },
  {
    id: 'close-forgets',
    misconception: 'a closed queue has nothing to give any more',
    file,
    find: 'if (this.#items.length > 0) return this.#items.take(max);\n    if (this.#closed) return [];',
    replace: 'if (this.#closed) return [];\n    if (this.#items.length > 0) return this.#items.take(max);',
    killedBy: 'close-keeps',
  },
  {
    id: 'closed-is-full',
    misconception: 'a push to a closed queue is refused like one to a full queue',
    file,
    find: "if (this.#closed) throw new Error('the queue is closed: nothing can be pushed any more');",
    replace: 'if (this.#closed) return false;',
    killedBy: 'closed-push',
  },
  {
    id: 'polling',
    misconception: 'waiting means to look again and again',
    file,
    find: 'return new Promise((resolve) => this.#takers.push(resolve));',
    replace:
      'while (this.#items.length === 0 && !this.#closed) await new Promise((resolve) => setImmediate(resolve));\n    return this.#items.take(max);',
    killedBy: 'no-polling',
  },
  {
    id: 'cuts-too-much',
    misconception: 'the first item after the gap goes with it',
    file,
    find: 'this.#items = this.#items.slice(this.#head);',
    replace: 'this.#items = this.#items.slice(this.#head + 1);',
    killedBy: 'nothing-lost',
  },
  {
    id: 'never-compacts',
    misconception: 'a head index is enough: what is behind it costs nothing',
    file,
    find: 'if (this.#head * 2 >= this.#items.length) {',
    replace: 'if (this.#head > this.#items.length) {',
    killedBy: 'steady-memory',
  },
  {
    id: 'splice',
    misconception: 'splice removes from the front as cheaply as from the end',
    file,
    find: 'const taken = this.#items.slice(this.#head, this.#head + count);\n    this.#head += taken.length;',
    replace: 'const taken = this.#items.splice(0, count);',
    killedBy: 'drain-exponent',
  },
];

/** What the lesson's first task asks for: the exercise begins with a success. */
export const firstWin: FirstWin = {
  file,
  find: "throw new Error('TODO(human): refuse a capacity that is not a whole number of at least 1');",
  replace:
    "if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError('capacity must be a whole number of at least 1');",
  check: 'capacity',
};
