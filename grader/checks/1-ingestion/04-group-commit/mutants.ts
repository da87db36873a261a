import type { Mutant } from '../../../instructor/mutant.ts';

const file = 'committer.ts';

const sync = `    try {
      await this.#file.sync();
    } catch (error) {
      this.#reject(batch, error);
      this.#fail(error);
      return;
    }
`;

export const mutants: Mutant[] = [
  {
    id: 'waits-for-company',
    misconception: 'a group must gather, so the first one waits two milliseconds for others',
    file,
    find: 'await nextTurn();',
    replace: 'await nextTurn();\n      await new Promise((resolve) => setTimeout(resolve, 2));',
    killedBy: 'lone',
  },
  {
    id: 'position-from-zero',
    misconception: 'the committer can count positions from its own start',
    file,
    find: 'this.#end ??= await this.#file.size();\n    const end = this.#end;\n    try {\n      const start = await this.#file.append(records);',
    replace:
      'this.#end ??= 0;\n    const end = this.#end;\n    try {\n      const start = end;\n      await this.#file.append(records);',
    killedBy: 'lone',
  },
  {
    id: 'never-synced',
    misconception: 'a record is safe when append has resolved: the system has it',
    file,
    find: sync,
    replace: '',
    killedBy: 'synced',
  },
  {
    id: 'sync-beside-append',
    misconception: 'append and sync can run side by side: the file puts them in order',
    file,
    find: `      position = await this.#write(batch.map(({ record }) => record));
    } catch (error) {
      this.#reject(batch, error); // and only these: the disk may have room again for the next
      return;
    }
    try {
      await this.#file.sync();
`,
    replace: `      const records = batch.map(({ record }) => record);
      [position] = await Promise.all([this.#write(records), this.#file.sync()]);
    } catch (error) {
      this.#reject(batch, error);
      return;
    }
    try {
`,
    killedBy: 'synced',
  },
  {
    id: 'answers-latecomers',
    misconception: 'the batch can be taken out of the list when it is done',
    file,
    find: 'await this.#commit(this.#takeBatch());',
    replace: 'await this.#commit(this.#waiting);\n      this.#waiting.splice(0);',
    killedBy: 'next-flush',
  },
  {
    id: 'several-flushes',
    misconception: 'each append may start a flush of its own; the file puts them in order',
    file,
    find: 'this.#flushing ??= this.#flush();',
    replace: 'this.#flushing = this.#flush();',
    killedBy: 'next-flush',
  },
  {
    id: 'batch-start-for-all',
    misconception: 'file.append resolves with the position, so that is what every record gets',
    file,
    find: '      position += record.length;\n',
    replace: '      void record;\n',
    killedBy: 'next-flush',
  },
  {
    id: 'fills-the-gap',
    misconception: 'a later record that still fits may go first, so that batches are full',
    file,
    find: 'return this.#waiting.splice(0, count);',
    replace:
      'const batch = this.#waiting.splice(0, count);\n    let room = this.#maxBytes - batch.reduce((sum, { record }) => sum + record.length, 0);\n    for (let i = 0; i < this.#waiting.length; i++) {\n      const size = this.#waiting[i]?.record.length ?? 0;\n      if (size > room) continue;\n      room -= size;\n      batch.push(...this.#waiting.splice(i--, 1));\n    }\n    return batch;',
    killedBy: 'order',
  },
  {
    id: 'takes-everything',
    misconception: 'the larger the group the better, whatever maxBytes says',
    file,
    find: 'if (count > 0 && bytes > this.#maxBytes) break;',
    replace: 'if (count > this.#maxBytes) break;',
    killedBy: 'max-bytes',
  },
  {
    id: 'large-record-stuck',
    misconception: 'what does not fit into a batch waits until it fits',
    file,
    find: 'if (count > 0 && bytes > this.#maxBytes) break;',
    replace: 'if (bytes > this.#maxBytes) break;',
    killedBy: 'max-bytes',
  },
  {
    id: 'no-bytes-no-record',
    misconception: 'no bytes, nothing to do',
    file,
    find: 'while (this.#waiting.length > 0) {',
    replace: 'while (this.#waiting.some(({ record }) => record.length > 0)) {',
    killedBy: 'empty-record',
  },
  {
    id: 'counts-the-waiting',
    misconception: 'pending is what waits in the list',
    file,
    find: 'if (this.#pending >= this.#maxPending)',
    replace: 'if (this.#waiting.length >= this.#maxPending)',
    killedBy: 'full',
  },
  {
    id: 'syncs-only-full-batches',
    misconception:
      'a sync now and then is enough: when enough bytes have gathered, or when a record waits alone',
    file,
    find: '      await this.#file.sync();\n',
    replace: '      if (batch.length === 1 || this.#waiting.length === 0) await this.#file.sync();\n',
    killedBy: 'crash',
  },
  {
    id: 'trusts-a-failed-append',
    misconception: 'an append that failed has written nothing',
    file,
    find: '      await this.#file.truncate(end).catch((stuck: unknown) => this.#fail(stuck));\n',
    replace: '      void end;\n',
    killedBy: 'write-error',
  },
  {
    id: 'cuts-what-was-promised',
    misconception: 'where the file ended when it was opened is where a failed append must be cut off',
    file,
    find: '      this.#end = start + records.reduce((sum, { length }) => sum + length, 0);\n',
    replace: '',
    killedBy: 'write-error',
  },
  {
    id: 'assumes-an-empty-file',
    misconception: 'before the first append the file is empty',
    file,
    find: 'this.#end ??= await this.#file.size();',
    replace: 'this.#end ??= 0;',
    killedBy: 'crash-errors',
  },
  {
    id: 'write-error-is-the-end',
    misconception: 'every disk error means that nothing can be trusted any more',
    file,
    find: 'this.#reject(batch, error); // and only these: the disk may have room again for the next',
    replace: 'this.#reject(batch, error);\n      this.#fail(error);',
    killedBy: 'write-error',
  },
  {
    id: 'cut-must-work',
    misconception: 'a truncate that fails can be ignored: there was an error already',
    file,
    find: '.catch((stuck: unknown) => this.#fail(stuck));',
    replace: '.catch(() => undefined);',
    killedBy: 'stuck-cut',
  },
  {
    id: 'syncs-again',
    misconception: 'a sync that failed is tried once more, like an append in 0.2',
    file,
    find: '      await this.#file.sync();\n',
    replace: '      await this.#file.sync().catch(() => this.#file.sync());\n',
    killedBy: 'sync-error',
  },
  {
    id: 'goes-on-after-failed-sync',
    misconception: 'a failed sync costs its own batch and no other',
    file,
    find: '      this.#fail(error);\n      return;',
    replace: '      return;',
    killedBy: 'sync-error',
  },
  {
    id: 'forgets-who-waits',
    misconception: 'those who wait are not in the batch that failed, so they need no answer',
    file,
    find: '    this.#reject(this.#waiting.splice(0), error);\n',
    replace: '    this.#waiting.splice(0);\n',
    killedBy: 'sync-error',
  },
  {
    id: 'close-does-not-wait',
    misconception: 'close only says that no more will come',
    file,
    find: '    await this.#flushing;\n',
    replace: '',
    killedBy: 'close',
  },
  {
    id: 'open-for-ever',
    misconception: 'who calls close will not append any more',
    file,
    find: "    this.#refusal ??= new Error('the committer is closed');\n",
    replace: '',
    killedBy: 'close',
  },
  {
    id: 'close-rejects',
    misconception: 'close must report what went wrong meanwhile',
    file,
    find: '    await this.#flushing;\n',
    replace:
      "    await this.#flushing;\n    if (!String(this.#refusal).includes('closed')) throw this.#refusal;\n",
    killedBy: 'close-error',
  },
  {
    id: 'ends-before-its-loop',
    misconception: 'when nobody waits after the answers, the flush has ended',
    file,
    find: '      position += record.length;\n    }\n',
    replace:
      '      position += record.length;\n    }\n    if (this.#waiting.length === 0) this.#flushing = undefined;\n',
    killedBy: 'next-flush',
  },
  {
    id: 'frees-late',
    misconception: 'the count of pending records may be put right when all is done',
    file,
    find: 'this.#pending -= batch.length; // first: who appends again when it is answered must find room',
    replace: 'setImmediate(() => {\n      this.#pending -= batch.length;\n    });',
    killedBy: 'full',
  },
  {
    id: 'cut-not-awaited',
    misconception: 'the file does one thing after the other, so the cut need not be awaited',
    file,
    find: 'await this.#file.truncate(end).catch(',
    replace: 'void this.#file.truncate(end).catch(',
    killedBy: 'write-error',
  },
  {
    id: 'end-moves-first',
    misconception: 'the end can be counted before the append, and what failed lies in front of it',
    file,
    find: `    const end = this.#end;
    try {
      const start = await this.#file.append(records);
      this.#end = start + records.reduce((sum, { length }) => sum + length, 0);
`,
    replace: `    const end = this.#end;
    this.#end += records.reduce((sum, { length }) => sum + length, 0);
    try {
      const start = await this.#file.append(records);
`,
    killedBy: 'write-error',
  },
  {
    id: 'close-syncs',
    misconception: 'one more sync at the end cannot do harm',
    file,
    find: '    await this.#flushing;\n',
    replace: '    await this.#flushing;\n    await this.#file.sync().catch(() => undefined);\n',
    killedBy: 'close-error',
  },
  {
    id: 'second-close-is-done',
    misconception: 'when close was called already, there is nothing to wait for',
    file,
    find: "    this.#refusal ??= new Error('the committer is closed');\n",
    replace:
      "    if (this.#refusal !== undefined) return;\n    this.#refusal = new Error('the committer is closed');\n",
    killedBy: 'close',
  },
  {
    id: 'waits-for-one-flush',
    misconception: 'close waits for the flush under way, and those that follow end by themselves',
    file,
    find: '    await this.#flushing;\n',
    replace:
      '    const batches = this.#pending - this.#waiting.length;\n    const left = this.#pending - batches;\n    while (this.#pending > left) await nextTurn();\n',
    killedBy: 'close',
  },
  {
    id: 'one-by-one',
    misconception: 'one flush at a time means one record at a time',
    file,
    find: 'if (count > 0 && bytes > this.#maxBytes) break;',
    replace: 'if (count > 3 || (count > 0 && bytes > this.#maxBytes)) break;',
    killedBy: 'syncs',
  },
  {
    id: 'reads-back',
    misconception: 'a record is only safe when it was read back and compared',
    file,
    find: '    this.#pending -= batch.length; // first',
    replace:
      '    let at = position;\n    for (const { record } of batch) {\n      await this.#file.readAt(at, record.length);\n      at += record.length;\n    }\n    this.#pending -= batch.length; // first',
    killedBy: 'trips',
  },
];
