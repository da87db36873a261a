import type { Mutant } from '../../../instructor/mutant.ts';

const hash = 'hash.ts';
const mutex = 'mutex.ts';
const limiter = 'limiter.ts';

export const mutants: Mutant[] = [
  {
    id: 'product-rounds',
    misconception: 'the product of two integers is an integer, so * will do',
    file: hash,
    find: 'hash = Math.imul(hash ^ (bytes[i] ?? 0), PRIME);',
    replace: 'hash = ((hash ^ (bytes[i] ?? 0)) * PRIME) | 0;',
    killedBy: 'vectors',
  },
  {
    id: 'signed-hash',
    misconception: 'a hash is any 32 bits, with or without a sign',
    file: hash,
    find: 'hash >>> 0',
    replace: 'hash | 0',
    killedBy: 'vectors',
  },
  {
    id: 'utf16-units',
    misconception: 'the letters of a string are its bytes',
    file: hash,
    find: 'utf8.encode(text)',
    replace: 'Uint8Array.from(text, (letter) => letter.charCodeAt(0))',
    killedBy: 'utf8',
  },
  {
    id: 'first-cell',
    misconception: 'the lock is the first cell of its array',
    file: mutex,
    find: 'this.#index = index;',
    replace: 'this.#index = 0 * index;',
    killedBy: 'free-or-held',
  },
  {
    id: 'unlocks-anything',
    misconception: 'unlocking a free lock does no harm',
    file: mutex,
    find: "if (before === FREE) throw new Error('the mutex is not locked');",
    replace: '',
    killedBy: 'unlock-free',
  },
  {
    id: 'counts-down',
    misconception: 'unlock takes one away; that the result may be wrong is found out afterwards',
    file: mutex,
    find: `    const before = Atomics.exchange(this.#cells, this.#index, FREE);
    if (before === FREE) throw new Error('the mutex is not locked');
    // After the exchange: who is woken first would find the lock held, and sleep again.
    if (before === CONTENDED) Atomics.notify(this.#cells, this.#index, 1);`,
    replace: `    const before = Atomics.sub(this.#cells, this.#index, 1);
    if (before === FREE) throw new Error('the mutex is not locked');
    if (before === CONTENDED) { Atomics.store(this.#cells, this.#index, FREE); Atomics.notify(this.#cells, this.#index, 1); }`,
    killedBy: 'unlock-free',
  },
  {
    id: 'no-finally',
    misconception: 'a body that throws is a mistake of its own',
    file: mutex,
    find: `    try {
      return body();
    } finally {
      this.unlock();
    }`,
    replace: '    const v = body(); this.unlock(); return v;',
    killedBy: 'with',
  },
  {
    id: 'look-then-take',
    misconception: 'when the lock was free a moment ago, it can be taken',
    file: mutex,
    find: 'return Atomics.compareExchange(this.#cells, this.#index, FREE, HELD) === FREE;',
    replace:
      'if (Atomics.load(this.#cells, this.#index) !== FREE) return false; Atomics.store(this.#cells, this.#index, HELD); return true;',
    killedBy: 'two-threads',
  },
  {
    id: 'wakes-first',
    misconception: 'who waits should be woken as early as possible',
    file: mutex,
    find: `    const before = Atomics.exchange(this.#cells, this.#index, FREE);
    if (before === FREE) throw new Error('the mutex is not locked');
    // After the exchange: who is woken first would find the lock held, and sleep again.
    if (before === CONTENDED) Atomics.notify(this.#cells, this.#index, 1);`,
    replace: `    const before = Atomics.load(this.#cells, this.#index);
    if (before === FREE) throw new Error('x');
    if (before === CONTENDED) Atomics.notify(this.#cells, this.#index, 1);
    Atomics.store(this.#cells, this.#index, FREE);`,
    killedBy: 'two-threads',
  },
  {
    id: 'looks-before-freeing',
    misconception: 'whether somebody waits can be looked up before the lock is freed',
    file: mutex,
    find: `    const before = Atomics.exchange(this.#cells, this.#index, FREE);
    if (before === FREE) throw new Error('the mutex is not locked');
    // After the exchange: who is woken first would find the lock held, and sleep again.
    if (before === CONTENDED) Atomics.notify(this.#cells, this.#index, 1);`,
    replace: `    const before = Atomics.load(this.#cells, this.#index);
    if (before === FREE) throw new Error('x');
    Atomics.store(this.#cells, this.#index, FREE);
    if (before === CONTENDED) Atomics.notify(this.#cells, this.#index, 1);`,
    killedBy: 'two-threads',
  },
  {
    id: 'plain-store',
    misconception: 'a store of 32 bits is one operation anyway',
    file: mutex,
    find: 'const before = Atomics.exchange(this.#cells, this.#index, FREE);',
    replace: 'const before = this.#cells[this.#index]; this.#cells[this.#index] = FREE;',
    killedBy: 'two-threads',
  },
  {
    id: 'woken-is-owner',
    misconception: 'who was woken has the lock',
    file: mutex,
    find: `    while (Atomics.exchange(this.#cells, this.#index, CONTENDED) !== FREE)
      Atomics.wait(this.#cells, this.#index, CONTENDED);`,
    replace:
      'if (Atomics.exchange(this.#cells, this.#index, CONTENDED) === FREE) return; Atomics.wait(this.#cells, this.#index, CONTENDED);',
    killedBy: 'two-threads',
  },
  {
    id: 'forgets-the-others',
    misconception: 'who was woken takes the lock as any other: from free to held',
    file: mutex,
    find: `    while (Atomics.exchange(this.#cells, this.#index, CONTENDED) !== FREE)
      Atomics.wait(this.#cells, this.#index, CONTENDED);`,
    replace: `do {
      if (Atomics.compareExchange(this.#cells, this.#index, HELD, CONTENDED) !== FREE) Atomics.wait(this.#cells, this.#index, CONTENDED);
    } while (!this.tryLock());`,
    killedBy: 'three-threads',
  },
  {
    id: 'wakes-all',
    misconception: 'whoever sleeps should be woken: one of them will get the lock',
    file: mutex,
    find: 'Atomics.notify(this.#cells, this.#index, 1)',
    replace: 'Atomics.notify(this.#cells, this.#index)',
    killedBy: 'three-threads',
  },
  {
    id: 'spins',
    misconception: 'a lock is held for so short a time that waiting in a loop is cheapest',
    file: mutex,
    find: `    while (Atomics.exchange(this.#cells, this.#index, CONTENDED) !== FREE)
      Atomics.wait(this.#cells, this.#index, CONTENDED);`,
    replace: 'while (!this.tryLock()) ;',
    killedBy: 'sleeps',
  },
  {
    id: 'polls',
    misconception: 'a sleep of a millisecond makes every missing wake-up good',
    file: mutex,
    find: 'Atomics.wait(this.#cells, this.#index, CONTENDED);',
    replace: 'Atomics.wait(this.#cells, this.#index, CONTENDED, 1);',
    killedBy: 'two-threads',
  },
  {
    id: 'wakes-nobody',
    misconception: 'who waits looks at the cell again by himself',
    file: mutex,
    find: 'Atomics.notify(this.#cells, this.#index, 1)',
    replace: 'Atomics.notify(this.#cells, this.#index, 0)',
    killedBy: 'sleeps',
  },
  {
    id: 'locks-twice',
    misconception: 'two objects are two locks',
    file: mutex,
    find: 'const byAddress = new Map(mutexes.map((mutex) => [mutex.#address, mutex]));',
    replace:
      'const byAddress = [...new Set(mutexes)].map((mutex): [number, SabMutex] => [mutex.#address, mutex]);',
    killedBy: 'with-all',
  },
  {
    id: 'keeps-after-throw',
    misconception: 'the locks are given back when the body has returned',
    file: mutex,
    find: 'return ordered.reduceRight((inner, mutex) => () => mutex.with(inner), body)();',
    replace:
      'for (const m of ordered) m.lock(); const v = body(); for (const m of ordered) m.unlock(); return v;',
    killedBy: 'with-all',
  },
  {
    id: 'order-of-the-list',
    misconception: 'locks are taken in the order in which they are named',
    file: mutex,
    find: '.sort(([a], [b]) => a - b)',
    replace: '',
    killedBy: 'opposite-orders',
  },
  {
    id: 'order-of-the-index',
    misconception: 'the index says where a cell is',
    file: mutex,
    find: 'return this.#cells.byteOffset + this.#index * Int32Array.BYTES_PER_ELEMENT;',
    replace: 'return this.#index;',
    killedBy: 'opposite-orders',
  },
  {
    id: 'backs-off',
    misconception: 'who does not get all of the locks gives them back and tries again',
    file: mutex,
    find: 'return ordered.reduceRight((inner, mutex) => () => mutex.with(inner), body)();',
    replace:
      'for (;;) { const got: SabMutex[] = []; for (const m of mutexes) { if (byAddress.get(m.#address) !== m) continue; if (!m.tryLock()) break; got.push(m); } if (got.length === byAddress.size) { try { return body(); } finally { for (const m of got) m.unlock(); } } for (const m of got) m.unlock(); void ordered; }',
    killedBy: 'opposite-orders',
  },
  {
    id: 'always-notifies',
    misconception: 'a notify for nobody costs nothing',
    file: mutex,
    find: 'if (before === CONTENDED) Atomics',
    replace: 'Atomics',
    killedBy: 'uncontended',
  },
  {
    id: 'refused-counts',
    misconception: 'every request is one request, whatever the answer',
    file: limiter,
    find: `if (used === this.#limit && time - this.#float(place) < this.#windowMs) return false;
    this.#setFloat(place, time);
    this.#setInt(slot + NEXT, (next + 1) % this.#limit);
    if (used < this.#limit) this.#setInt(slot + USED, used + 1);
    return true;`,
    replace: `const oldest = this.#float(place);
    this.#setFloat(place, time);
    this.#setInt(slot + NEXT, (next + 1) % this.#limit);
    if (used < this.#limit) this.#setInt(slot + USED, used + 1);
    return used < this.#limit || time - oldest >= this.#windowMs;`,
    killedBy: 'window',
  },
  {
    id: 'window-closed',
    misconception: 'the window holds what is at most windowMs old',
    file: limiter,
    find: 'time - this.#float(place) < this.#windowMs',
    replace: 'time - this.#float(place) <= this.#windowMs',
    killedBy: 'edge',
  },
  {
    id: 'zero-is-a-time',
    misconception: 'a place that was never used is old, so it needs no count',
    file: limiter,
    find: 'if (used === this.#limit && time - this.#float(place) < this.#windowMs) return false;',
    replace: 'if (time - this.#float(place) < this.#windowMs) return false;',
    killedBy: 'edge',
  },
  {
    id: 'times-in-32-bits',
    misconception: 'a time is an integer, and integers have 32 bits',
    file: limiter,
    find: 'this.#setFloat(place, time);',
    replace: 'this.#setFloat(place, time | 0);',
    killedBy: 'edge',
  },
  {
    id: 'adds-up-steps',
    misconception: 'the time of a shard is the sum of all steps forward, as in 1.6',
    file: limiter,
    find: `    if (time >= last) {
      this.#setFloat(base + TIME, time);
      return time;
    }
    // Set back: from here on this reading is the last time, and time goes on.
    if (last - time > LATE_MS) this.#setFloat(base + CORRECTION, last - now);
    return last;`,
    replace:
      'void time; void LATE_MS; const read = this.#float(base + CORRECTION); this.#setFloat(base + CORRECTION, now); const t = last + (read === 0 ? now : Math.max(0, now - read)); this.#setFloat(base + TIME, t); return t;',
    killedBy: 'late-readings',
  },
  {
    id: 'raw-readings',
    misconception: 'time is what the caller says',
    file: limiter,
    find: `    if (time >= last) {
      this.#setFloat(base + TIME, time);
      return time;
    }
    // Set back: from here on this reading is the last time, and time goes on.
    if (last - time > LATE_MS) this.#setFloat(base + CORRECTION, last - now);
    return last;`,
    replace: 'void LATE_MS; void last; void time; return now;',
    killedBy: 'late-readings',
  },
  {
    id: 'largest-reading',
    misconception: 'the largest reading is the time',
    file: limiter,
    find: `    if (time >= last) {
      this.#setFloat(base + TIME, time);
      return time;
    }
    // Set back: from here on this reading is the last time, and time goes on.
    if (last - time > LATE_MS) this.#setFloat(base + CORRECTION, last - now);
    return last;`,
    replace:
      'const t = Math.max(last, now); void time; void LATE_MS; this.#setFloat(base + TIME, t); return t;',
    killedBy: 'step-back',
  },
  {
    id: 'late-is-set-back',
    misconception: 'every reading behind the last one is a clock that was set back',
    file: limiter,
    find: 'if (last - time > LATE_MS)',
    replace: 'void LATE_MS; if (last - time > 0)',
    killedBy: 'late-readings',
  },
  {
    id: 'same-hash-same-id',
    misconception: '32 bits are enough to tell clients apart',
    file: limiter,
    find: '&& this.#holds(slot, id)) return slot',
    replace: ') { void this.#holds; return slot; }',
    killedBy: 'ids-apart',
  },
  {
    id: 'cut-off',
    misconception: 'encodeInto stops at the end of the array, so every id fits',
    file: limiter,
    find: 'const { read, written } = utf8.encodeInto(id, this.#id);\n    if (read < id.length || written > MAX_ID_BYTES)\n      throw new RangeError(`an id has at most ${MAX_ID_BYTES} bytes`);',
    replace: 'const written = Math.min(MAX_ID_BYTES, utf8.encodeInto(id, this.#id).written);',
    killedBy: 'long-ids',
  },
  {
    id: 'letters-not-bytes',
    misconception: 'an id of 128 letters has 128 bytes',
    file: limiter,
    find: `const { read, written } = utf8.encodeInto(id, this.#id);
    if (read < id.length || written > MAX_ID_BYTES)`,
    replace: `const { written } = utf8.encodeInto(id, this.#id);
    if (id.length > MAX_ID_BYTES)`,
    killedBy: 'long-ids',
  },
  {
    id: 'leaves-locked',
    misconception: 'a throw leaves the function, and the lock with it',
    file: limiter,
    find: 'if (read < id.length || written > MAX_ID_BYTES)\n      throw new RangeError(`an id has at most ${MAX_ID_BYTES} bytes`);',
    replace:
      'if (read < id.length || written > MAX_ID_BYTES) {\n      this.#locks[hashBytes(this.#id) % this.#shards]?.lock();\n      throw new RangeError(`an id has at most ${MAX_ID_BYTES} bytes`);\n    }',
    killedBy: 'long-ids',
  },
  {
    id: 'evicts-the-oldest',
    misconception: 'a newcomer takes the slot that was used least recently',
    file: limiter,
    find: 'if (idle < 0 && time - this.#newest(slot) >= this.#windowMs) idle = slot;',
    replace: 'if (idle < 0 || this.#newest(slot) < this.#newest(idle)) idle = slot;',
    killedBy: 'full-shard',
  },
  {
    id: 'idle-by-oldest',
    misconception: 'an id is idle when its oldest request has left the window',
    file: limiter,
    find: 'if (idle < 0 && time - this.#newest(slot) >= this.#windowMs) idle = slot;',
    replace: 'if (idle < 0 && time - this.#float(slot + TIMES) >= this.#windowMs) idle = slot;',
    killedBy: 'full-shard',
  },
  {
    id: 'never-evicts',
    misconception: 'when all slots are taken, the shard is full',
    file: limiter,
    find: 'if (idle < 0 && time - this.#newest(slot) >= this.#windowMs) idle = slot;',
    replace: '',
    killedBy: 'full-shard',
  },
  {
    id: 'keeps-old-length',
    misconception: 'the length of an id is written when its slot is first used',
    file: limiter,
    find: 'this.#setInt(slot, id.length + 1);',
    replace: 'if (this.#int(slot) === 0) this.#setInt(slot, id.length + 1);',
    killedBy: 'full-shard',
  },
  {
    id: 'power-of-two',
    misconception: 'a mask is a fast remainder',
    file: limiter,
    find: 'const shard = hash % this.#shards;',
    replace: 'const shard = (hash & (this.#shards - 1)) >>> 0;',
    killedBy: 'spread',
  },
  {
    id: 'takes-first-idle',
    misconception: 'the first slot that can be had is the one to take',
    file: limiter,
    find: 'if (idle < 0 && time - this.#newest(slot) >= this.#windowMs) idle = slot;',
    replace: 'if (time - this.#newest(slot) >= this.#windowMs) { idle = slot; break; }',
    killedBy: 'oracle',
  },
  {
    id: 'no-rounding',
    misconception: 'a shard takes as many bytes as it needs',
    file: limiter,
    find: 'Math.ceil((HEADER + slots * slotBytes(limit)) / LINE) * LINE',
    replace: 'HEADER + slots * slotBytes(limit)',
    killedBy: 'layout',
  },
  {
    id: 'from-zero',
    misconception: 'a buffer begins at 0',
    file: limiter,
    find: 'new Float64Array(buffer, byteOffset, bytes / 8)',
    replace: 'new Float64Array(buffer, 0, bytes / 8)',
    killedBy: 'two-limiters',
  },
  {
    id: 'clears-first',
    misconception: 'a constructor begins with clean memory',
    file: limiter,
    find: '    this.#locks = Array',
    replace: `    this.#bytes.fill(0);
    this.#locks = Array`,
    killedBy: 'one-memory',
  },
  {
    id: 'correction-aside',
    misconception: 'by how much the clock is behind, each thread knows for itself',
    file: limiter,
    find: `    const time = now + this.#float(base + CORRECTION);
    if (time >= last) {
      this.#setFloat(base + TIME, time);
      return time;
    }
    // Set back: from here on this reading is the last time, and time goes on.
    if (last - time > LATE_MS) this.#setFloat(base + CORRECTION, last - now);
`,
    replace: `    const time = now + Number(Reflect.get(this, 'behind') ?? 0);
    if (time >= last) {
      this.#setFloat(base + TIME, time);
      return time;
    }
    if (last - time > LATE_MS) Reflect.set(this, 'behind', last - now);
`,
    killedBy: 'one-memory',
  },
  {
    id: 'no-lock',
    misconception: 'reading and writing numbers is atomic anyway',
    file: limiter,
    find: `return lock.with(() => {
      const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time);
      return slot >= 0 && this.#pass(slot, time);
    });`,
    replace: `const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time); void lock; return slot >= 0 && this.#pass(slot, time);`,
    killedBy: 'every-order',
  },
  {
    id: 'search-outside',
    misconception: 'looking for a slot needs no lock',
    file: limiter,
    find: `return lock.with(() => {
      const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time);
      return slot >= 0 && this.#pass(slot, time);
    });`,
    replace: `const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time); return lock.with(() => slot >= 0 && this.#pass(slot, time));`,
    killedBy: 'every-order',
  },
  {
    id: 'refuses-when-busy',
    misconception: 'who does not get the lock is refused: better than waiting',
    file: limiter,
    find: `return lock.with(() => {
      const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time);
      return slot >= 0 && this.#pass(slot, time);
    });`,
    replace: `if (!lock.tryLock()) return false; try { const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time); return slot >= 0 && this.#pass(slot, time); } finally { lock.unlock(); }`,
    killedBy: 'every-order',
  },
  {
    id: 'first-lock-for-all',
    misconception: 'a shard is where the data lies; one lock protects all',
    file: limiter,
    find: 'const lock = this.#locks[shard];',
    replace: 'const lock = this.#locks[0];',
    killedBy: 'own-lines',
  },
  {
    id: 'takes-all-locks',
    misconception: 'the more locks are held, the safer',
    file: limiter,
    find: 'return lock.with(() => {',
    replace: 'return SabMutex.withAll([lock, ...this.#locks], () => {',
    killedBy: 'meetings',
  },
  {
    id: 'tells-the-main-thread',
    misconception: 'the main thread should know of every request',
    file: limiter,
    find: "import { hashBytes } from './hash.ts';",
    replace: `import { parentPort } from 'node:worker_threads';
import { hashBytes as hashOf } from './hash.ts';

function hashBytes(bytes: Uint8Array): number {
  parentPort?.postMessage('asked');
  return hashOf(bytes);
}
`,
    killedBy: 'no-messages',
  },
  {
    id: 'memory-of-its-own',
    misconception: 'each thread makes its own memory, and the buffer says how much',
    file: limiter,
    find: 'this.#ints = new Int32Array(buffer, byteOffset, bytes / 4);',
    replace: `buffer = new SharedArrayBuffer(byteOffset + bytes);
    this.#ints = new Int32Array(buffer, byteOffset, bytes / 4);`,
    killedBy: 'one-quota',
  },
  {
    id: 'searches-all',
    misconception: '64 slots are few, so look at one after the other',
    file: limiter,
    find: '(Math.floor(hash / this.#shards) % this.#slots) * size',
    replace: '0',
    killedBy: 'search-exponent',
  },
];
