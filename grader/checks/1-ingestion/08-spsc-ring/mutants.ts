import type { Mutant } from '../../../instructor/mutant.ts';

const file = 'ring.ts';

const publishing = `    if (unused > 0) {
      this.#words[at >> 2] = TO_THE_FRONT;
      at = 0;
    }
    this.#words[at >> 2] = length;
    this.#bytes.set(record, at + PREFIX);
    // \`| 0\`: 32 bits that wrap round, as the cell does. Differences stay right, since the capacity divides 2^32.
    this.#written = (this.#written + unused + size) | 0;
    // Last. Before this line nothing has happened, whoever looks and whenever this thread dies.
    this.#atomics.store(this.#cells, WRITTEN, this.#written);
`;

const given = '        visit(new Uint8Array(this.#buffer, DATA + at + PREFIX, length));\n';

const giveBack = `      if (visited > 0) this.#atomics.store(this.#cells, READ, read);
      this.#read = read;
`;

const waking =
  '    if (this.#atomics.load(this.#cells, WAITING) !== 0) this.#atomics.notify(this.#cells, WRITTEN);\n';

const sleeping = '        this.#atomics.wait(this.#cells, WRITTEN, this.#writtenSeen, left);\n';

const constructed = '    this.#read = this.#readSeen = atomics.load(this.#cells, READ);\n';

const flagging = `    this.#atomics.store(this.#cells, WAITING, 1);
    try {
      while (!this.#isReadable()) {
        const left = deadline - performance.now();
        if (left <= 0) return false;
        // Returns at once if WRITTEN is another than the one just seen: nothing can slip in between.
        this.#atomics.wait(this.#cells, WRITTEN, this.#writtenSeen, left);
      }
      return true;
    } finally {
      this.#atomics.store(this.#cells, WAITING, 0);
`;

export const mutants: Mutant[] = [
  {
    id: 'any-capacity',
    misconception: 'any size will do, as long as it is a multiple of 4',
    file,
    find: 'Number.isInteger(bytes) && (bytes & (bytes - 1)) === 0;',
    replace: 'Number.isInteger(bytes) && bytes % 4 === 0;',
    killedBy: 'alloc',
  },
  {
    id: 'trusts-the-buffer',
    misconception: 'alloc has checked the size, so the constructor need not',
    file,
    find: '    const capacity = buffer.byteLength - DATA;\n    checkCapacity(capacity);\n',
    replace: '    const capacity = buffer.byteLength - DATA;\n',
    killedBy: 'alloc',
  },
  {
    id: 'starts-from-zero',
    misconception: 'a new object begins with an empty ring',
    file,
    find: 'this.#written = this.#writtenSeen = atomics.load(this.#cells, WRITTEN);',
    replace: 'this.#written = this.#writtenSeen = 0;',
    killedBy: 'room',
  },
  {
    id: 'writes-where-the-reader-is',
    misconception: 'what an earlier writer has left behind does not count',
    file,
    find: 'this.#written = this.#writtenSeen = atomics.load(this.#cells, WRITTEN);',
    replace: 'this.#written = this.#writtenSeen = atomics.load(this.#cells, READ);',
    killedBy: 'round-trip',
  },
  {
    id: 'one-place-free',
    misconception: 'a full ring would look like an empty one, so a place must stay free',
    file,
    find: 'const most = this.#capacity - bytes;',
    replace: 'const most = this.#capacity - bytes - 1;',
    killedBy: 'room',
  },
  {
    id: 'never-looks-again',
    misconception: 'READ is looked at once, when the object is made',
    file,
    find: '    this.#readSeen = this.#atomics.load(this.#cells, READ);\n    return',
    replace: '    return',
    killedBy: 'room',
  },
  {
    id: 'mark-before-room',
    misconception: 'the mark of a wrap may be written before it is known whether there is room',
    file,
    find: '    if (!this.#hasRoom(unused + size)) {',
    replace:
      '    if (unused > 0) this.#words[at >> 2] = TO_THE_FRONT;\n    if (!this.#hasRoom(unused + size)) {',
    killedBy: 'every-wrap',
  },
  {
    id: 'drops-in-silence',
    misconception: 'false says it all, nobody needs to count',
    file,
    find: '      this.#atomics.store(this.#cells, REFUSED, this.#atomics.load(this.#cells, REFUSED) + 1);\n',
    replace: '',
    killedBy: 'full',
  },
  {
    id: 'overwrites-the-oldest',
    misconception: 'when it is full, the newest is worth more than the oldest',
    file,
    find: 'return ((this.#written - this.#readSeen) | 0) <= most;\n  }\n\n  #isReadable',
    replace: 'return this.#written !== this.#readSeen || most >= 0;\n  }\n\n  #isReadable',
    killedBy: 'full',
  },
  {
    id: 'whole-ring',
    misconception: 'a record may be as large as the ring',
    file,
    find: 'if (size > this.#capacity / 2)',
    replace: 'if (size > this.#capacity)',
    killedBy: 'too-large',
  },
  {
    id: 'too-large-is-full',
    misconception: 'what does not fit has no room, now or ever',
    file,
    find: '      throw new RangeError(`a record of ${length} bytes is too large for a ring of ${this.#capacity}`);',
    replace: '      return false;',
    killedBy: 'too-large',
  },
  {
    id: 'index-first',
    misconception: 'first take the place, then fill it',
    file,
    find: publishing,
    replace: `    this.#written = (this.#written + unused + size) | 0;
    this.#atomics.store(this.#cells, WRITTEN, this.#written);
    if (unused > 0) {
      this.#words[at >> 2] = TO_THE_FRONT;
      at = 0;
    }
    this.#words[at >> 2] = length;
    this.#bytes.set(record, at + PREFIX);
`,
    killedBy: 'publish',
  },
  {
    id: 'length-last',
    misconception: 'the length can follow, as long as the bytes are there',
    file,
    find: publishing,
    replace: `    if (unused > 0) {
      this.#words[at >> 2] = TO_THE_FRONT;
      at = 0;
    }
    this.#bytes.set(record, at + PREFIX);
    this.#written = (this.#written + unused + size) | 0;
    this.#atomics.store(this.#cells, WRITTEN, this.#written);
    this.#words[at >> 2] = length;
`,
    killedBy: 'publish',
  },
  {
    id: 'plain-store',
    misconception: 'an assignment of 32 bits is atomic anyway',
    file,
    find: 'this.#atomics.store(this.#cells, WRITTEN, this.#written);',
    replace: 'this.#cells[WRITTEN] = this.#written;',
    killedBy: 'publish',
  },
  {
    id: 'whole-buffer',
    misconception: 'the bytes of a Uint8Array begin where its buffer begins',
    file,
    find: 'this.#bytes.set(record, at + PREFIX);',
    replace: 'this.#bytes.set(new Uint8Array(record.buffer, 0, length), at + PREFIX);',
    killedBy: 'round-trip',
  },
  {
    id: 'only-what-was-seen',
    misconception: 'a batch is what the reader knows of already',
    file,
    find: 'if (read === this.#writtenSeen) {',
    replace: 'if (visited === 0 && read === this.#writtenSeen) {',
    killedBy: 'max',
  },
  {
    id: 'stale-batch',
    misconception: 'the other side is looked at only when nothing at all is left',
    file,
    find: '          if (read === this.#writtenSeen) break;\n',
    replace: '          if (visited > 0 || read === this.#writtenSeen) break;\n',
    killedBy: 'every-wrap',
  },
  {
    id: 'no-mark',
    misconception: 'the reader sees for itself when a record does not fit before the end',
    file,
    find: '      this.#words[at >> 2] = TO_THE_FRONT;\n      at = 0;',
    replace: '      at = 0;',
    killedBy: 'every-wrap',
  },
  {
    id: 'signed-distance',
    misconception: 'the writer is ahead, so the difference of the counters is what is in use',
    file,
    find: '    if (((this.#written - this.#readSeen) | 0) <= most) return true;',
    replace: '    if (this.#written - this.#readSeen <= most) return true;',
    killedBy: 'counter-wrap',
  },
  {
    id: 'remainder',
    misconception: 'a position is the remainder of a division',
    file,
    find: 'let at = this.#written & (this.#capacity - 1);',
    replace: 'let at = this.#written % this.#capacity;',
    killedBy: 'counter-wrap',
  },
  {
    id: 'grows-for-ever',
    misconception: 'a counter is a number, and numbers go on after 2^31',
    file,
    find: 'read = (read + sizeOf(length)) | 0;',
    replace: 'read += sizeOf(length);',
    killedBy: 'counter-wrap',
  },
  {
    id: 'length-first',
    misconception: 'the length can be fetched while one looks whether it is there',
    file,
    find: `      while (visited < max) {
        if (read === this.#writtenSeen) {`,
    replace: `      while (visited < max) {
        const early = this.#words[(read & (this.#capacity - 1)) >> 2] ?? 0;
        if (early === 0 && read === this.#writtenSeen) break;
        if (read === this.#writtenSeen) {`,
    killedBy: 'every-wrap',
  },
  {
    id: 'old-length',
    misconception: 'what stands in the ring does not change between two lines',
    file,
    find: `        if (read === this.#writtenSeen) {
          this.#writtenSeen = this.#atomics.load(this.#cells, WRITTEN);
          if (read === this.#writtenSeen) break;
        }
        let at = read & (this.#capacity - 1);
        if (this.#words[at >> 2] === TO_THE_FRONT) {`,
    replace: `        let at = read & (this.#capacity - 1);
        const first = this.#words[at >> 2];
        if (read === this.#writtenSeen) {
          this.#writtenSeen = this.#atomics.load(this.#cells, WRITTEN);
          if (read === this.#writtenSeen) break;
        }
        if (first === TO_THE_FRONT) {`,
    killedBy: 'order',
  },
  {
    id: 'gives-back-first',
    misconception: 'a record that is about to be visited is as good as read',
    file,
    find: given,
    replace: `        this.#atomics.store(this.#cells, READ, read);\n${given}`,
    killedBy: 'order',
  },
  {
    id: 'gives-back-one-by-one',
    misconception: 'room should be free as soon as possible',
    file,
    find: given,
    replace: `${given}        this.#atomics.store(this.#cells, READ, read);\n`,
    killedBy: 'order',
  },
  {
    id: 'one-array-for-all',
    misconception: 'one array that is filled again for each record saves memory',
    file,
    find: given,
    replace: `        const all = ((globalThis as { all?: Uint8Array }).all ??= new Uint8Array(1_024));
        all.set(this.#bytes.subarray(at + PREFIX, at + PREFIX + length));
        visit(all.subarray(0, length));
`,
    killedBy: 'order',
  },
  {
    id: 'plain-look',
    misconception: 'a number in shared memory can be read like any other',
    file,
    find: '          this.#writtenSeen = this.#atomics.load(this.#cells, WRITTEN);\n          if',
    replace: '          this.#writtenSeen = this.#cells[WRITTEN] ?? 0;\n          if',
    killedBy: 'through-atomics',
  },
  {
    id: 'locks',
    misconception: 'two threads that share something need a lock',
    file,
    find: publishing,
    replace: `    while (this.#atomics.exchange(this.#cells, 5, 1) !== 0);
    if (unused > 0) {
      this.#words[at >> 2] = TO_THE_FRONT;
      at = 0;
    }
    this.#words[at >> 2] = length;
    this.#bytes.set(record, at + PREFIX);
    this.#written = (this.#written + unused + size) | 0;
    this.#atomics.store(this.#cells, WRITTEN, this.#written);
    this.#atomics.store(this.#cells, 5, 0);
`,
    killedBy: 'deaths',
  },
  {
    id: 'lost-with-the-error',
    misconception: 'when visit throws, nothing was read',
    file,
    find: giveBack,
    replace: `      void max;
    }
    if (visited > 0) {
      this.#atomics.store(this.#cells, READ, read);
      this.#read = read;
`,
    killedBy: 'visit-throws',
  },
  {
    id: 'again-and-again',
    misconception: 'a record whose visit failed must come again',
    file,
    find: `        read = (read + sizeOf(length)) | 0;
        visited++;
${given}`,
    replace: `        visit(new Uint8Array(this.#buffer, DATA + at + PREFIX, length));
        read = (read + sizeOf(length)) | 0;
        visited++;
`,
    killedBy: 'visit-throws',
  },
  {
    id: 'nobody-calls',
    misconception: 'who waits sees WRITTEN change',
    file,
    find: waking,
    replace: '',
    killedBy: 'wait',
  },
  {
    id: 'looks-all-the-time',
    misconception: 'looking is waiting',
    file,
    find: sleeping,
    replace: '',
    killedBy: 'wait',
  },
  {
    id: 'polls',
    misconception: 'a short sleep now and then is as good as being woken',
    file,
    find: sleeping,
    replace: '        this.#atomics.wait(this.#cells, WRITTEN, this.#writtenSeen, Math.min(left, 10));\n',
    killedBy: 'wait',
  },
  {
    id: 'newest-value',
    misconception: 'wait wants the value that is there now',
    file,
    find: sleeping,
    replace:
      '        this.#atomics.wait(this.#cells, WRITTEN, this.#atomics.load(this.#cells, WRITTEN), left);\n',
    killedBy: 'no-lost-wake',
  },
  {
    id: 'woken-means-there',
    misconception: 'who is woken has something to read',
    file,
    find: sleeping,
    replace:
      "        return this.#atomics.wait(this.#cells, WRITTEN, this.#writtenSeen, left) !== 'timed-out';\n",
    killedBy: 'false-alarm',
  },
  {
    id: 'whole-time-again',
    misconception: 'each sleep may last as long as the caller said',
    file,
    find: 'const left = deadline - performance.now();',
    replace: 'const left = deadline > 0 ? ms : 0;',
    killedBy: 'false-alarm',
  },
  {
    id: 'always-calls',
    misconception: 'notify costs nothing when nobody waits',
    file,
    find: waking,
    replace: '    this.#atomics.notify(this.#cells, WRITTEN);\n',
    killedBy: 'quiet',
  },
  {
    id: 'waits-for-ever-after',
    misconception: 'a flag that was set once does no harm',
    file,
    find: '      this.#atomics.store(this.#cells, WAITING, 0);\n',
    replace: '',
    killedBy: 'quiet',
  },
  {
    id: 'asks-first',
    misconception: 'whether somebody waits can be asked before WRITTEN is stored',
    file,
    find:
      publishing +
      `    // And the reader stores WAITING before it looks at WRITTEN: whichever comes second sees the other.
${waking}`,
    replace: `    const waits = this.#atomics.load(this.#cells, WAITING) !== 0;
${publishing}    if (waits) this.#atomics.notify(this.#cells, WRITTEN);
`,
    killedBy: 'wake',
  },
  {
    id: 'tidies-up',
    misconception: 'whoever begins sets the flag back first',
    file,
    find: constructed,
    replace: `${constructed}    atomics.store(this.#cells, WAITING, 0);\n`,
    killedBy: 'alloc',
  },
  {
    id: 'wipes-what-was-read',
    misconception: 'what was visited can be wiped, it is read',
    file,
    find: '      if (visited > 0) this.#atomics.store(this.#cells, READ, read);\n',
    replace: `      for (let at = this.#read; at !== read; at = (at + 4) | 0)
        this.#words[(at & (this.#capacity - 1)) >> 2] = 0;
      if (visited > 0) this.#atomics.store(this.#cells, READ, read);
`,
    killedBy: 'deaths',
  },
  {
    id: 'mark-alone',
    misconception: 'a rest that is left out can be handed over before the record',
    file,
    find: '      this.#words[at >> 2] = TO_THE_FRONT;\n      at = 0;',
    replace: `      this.#words[at >> 2] = TO_THE_FRONT;
      this.#atomics.store(this.#cells, WRITTEN, (this.#written + unused) | 0);
      at = 0;`,
    killedBy: 'deaths',
  },
  {
    id: 'if-error',
    misconception: 'what is thrown is an error',
    file,
    find: given,
    replace: `        let failed: unknown;
        try {
          visit(new Uint8Array(this.#buffer, DATA + at + PREFIX, length));
        } catch (error) {
          failed = error;
        }
        if (failed) throw failed;
`,
    killedBy: 'visit-throws',
  },
  {
    id: 'sleeps-anew',
    misconception: 'who is woken for nothing may sleep as long as at first',
    file,
    find: sleeping,
    replace: '        this.#atomics.wait(this.#cells, WRITTEN, this.#writtenSeen, ms);\n',
    killedBy: 'false-alarm',
  },
  {
    id: 'counts-who-waits',
    misconception: 'WAITING is the number of readers that wait',
    file,
    find: flagging,
    replace: flagging
      .replace('store(this.#cells, WAITING, 1)', 'add(this.#cells, WAITING, 1)')
      .replace('store(this.#cells, WAITING, 0)', 'sub(this.#cells, WAITING, 1)'),
    killedBy: 'quiet',
  },
  {
    id: 'looks-each-time',
    misconception: 'the newest READ is the best',
    file,
    find: '    if (((this.#written - this.#readSeen) | 0) <= most) return true;\n',
    replace: '',
    killedBy: 'looks',
  },
  {
    id: 'copies-twice',
    misconception: 'only an array of its own is safe to hand out, and from makes one',
    file,
    find: given,
    replace: '        visit(Uint8Array.from(new Uint8Array(this.#buffer, DATA + at + PREFIX, length)));\n',
    killedBy: 'cpu',
  },
];
