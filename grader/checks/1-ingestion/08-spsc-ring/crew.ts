/** Two real threads at the ends of a ring. Every wait in here has a limit, and no thread outlives its check. */
import { Worker } from 'node:worker_threads';
import { BED_BYTES, Bed } from './bed.ts';
import { type Around, cellsOf, layout, newBuffer, type Ring, recordOf, SpscRing, tapped } from './ring.ts';
import { matches } from './stream.ts';
import type { Done, Task } from './tasks.ts';

const { READ, WRITTEN } = layout;

/** A thread of thread.ts. */
class Member {
  readonly #worker = new Worker(new URL('./thread.js', import.meta.url));
  #died: Error | undefined;

  constructor() {
    this.#worker.on('error', (error: Error) => {
      this.#died = error;
    });
  }

  start(task: Task): void {
    this.#worker.postMessage(task);
  }

  /** What it says when it is done; undefined when that takes too long. */
  done(ms: number): Promise<Done | undefined> {
    return new Promise((resolve) => {
      if (this.#died !== undefined) return resolve({ error: this.#died.message });
      const timer = setTimeout(() => resolve(undefined), ms);
      const end = (done: Done): void => {
        clearTimeout(timer);
        resolve(done);
      };
      this.#worker.once('message', end);
      this.#worker.once('error', (error: Error) => end({ error: error.message }));
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function withThreads<T>(count: number, body: (...members: Member[]) => Promise<T>): Promise<T> {
  const members = Array.from({ length: count }, () => new Member());
  try {
    return await body(...members);
  } finally {
    await Promise.all(members.map((member) => member.end()));
  }
}

/** A thread's error is ours: craft knows what to say of one that is not written yet. */
function raise(done: Done | undefined): void {
  if (done?.error !== undefined) throw new Error(done.error);
}

export interface Transfer {
  /** What the reader found, or empty. */
  readonly problem: string;
  readonly count: number;
  readonly stalled: boolean;
  /** Bytes written and given back when it stalled. */
  readonly written: number;
  readonly read: number;
}

/** One thread writes, another reads. */
export async function transfer(
  capacity: number,
  start: number,
  records: number,
  longest: number,
  batch: number,
  seed: number,
): Promise<Transfer> {
  const buffer = newBuffer(capacity, start);
  const cells = cellsOf(buffer);
  return withThreads(2, async (writer, reader) => {
    if (writer === undefined || reader === undefined) throw new Error('two threads');
    const done = Promise.all([writer.done(8_000), reader.done(8_000)]);
    writer.start({ role: 'write', buffer, seed, from: 0, to: records, longest });
    reader.start({ role: 'read', buffer, seed, to: records, longest, batch });
    const [wrote, got] = await Promise.race([
      done,
      // A problem ends the reader, and the writer would wait for room for ever.
      reader.done(8_000).then((early) => (early?.count === undefined ? [undefined, early] : done)),
    ]);
    raise(wrote);
    raise(got);
    return {
      problem: got?.problem ?? '',
      count: got?.count ?? 0,
      stalled: got === undefined,
      written: ((cells[WRITTEN] ?? 0) - start) >>> 0,
      read: ((cells[READ] ?? 0) - start) >>> 0,
    };
  });
}

export interface Wake {
  readonly story: string;
  readonly returned: boolean | undefined;
  readonly sleeps: string[];
}

/** The reader goes to sleep just before each use that the writer makes of a counter, and must be woken. */
export function wakeEverywhere(ms: number): Promise<Wake[]> {
  return withThreads(1, async (reader) => {
    if (reader === undefined) throw new Error('a thread');
    const wakes: Wake[] = [];
    for (const drains of [false, true])
      for (let nth = 0; nth < 20; nth++) {
        const buffer = newBuffer(64, 24);
        const shared = new SharedArrayBuffer(BED_BYTES);
        const bed = new Bed(shared);
        let [uses, begun, name] = [0, false, ''];
        const done = reader.done(ms + 3_000);
        const around: Around = (op, perform) => {
          if (begun && uses++ === nth) {
            name = `atomics.${op.name} of ${op.cell}`;
            reader.start({ role: 'sleep', buffer, shared, ms, drains });
            bed.untilAsleep(4_000);
          }
          if (op.name === 'notify') bed.notify(op);
          return perform();
        };
        const writer: Ring = new SpscRing(buffer, tapped(around));
        begun = true;
        writer.tryWrite(recordOf(1, 9));
        if (uses <= nth) break;
        if (drains) {
          // What it was woken for it has read already. So it sleeps again, and the next record must wake it too.
          bed.untilAsleep(4_000);
          writer.tryWrite(recordOf(2, 9));
        }
        const woken = await done;
        raise(woken);
        const reads = drains ? 'reads what is there and goes to sleep' : 'goes to sleep';
        const more = drains ? ', and another record follows' : '';
        const story = `the reader ${reads} before the writer's use no. ${nth + 1} of a counter in tryWrite (${name})${more}`;
        wakes.push({ story, returned: woken?.returned, sleeps: woken?.sleeps ?? [] });
        if (woken?.returned !== true || woken.sleeps?.includes('timed-out')) return wakes;
      }
    return wakes;
  });
}

export interface Kills {
  readonly kills: number;
  readonly records: number;
  readonly problem: string;
}

/** A writer is ended in the middle of its work, again and again; each one goes on behind what is there. */
export async function killWriters(kills: number, seed: number): Promise<Kills> {
  const buffer = newBuffer(8_192, 0);
  const reader = new SpscRing(buffer);
  const longest = 200;
  let [next, problem] = [0, ''];
  const drain = (): number =>
    reader.readBatch((view) => {
      if (problem === '' && !matches(view, seed, next, longest))
        problem = `record ${next + 1} is not as it was written`;
      next++;
    }, 1_000);
  for (let kill = 0; kill < kills && problem === ''; kill++) {
    const target = next + 300;
    await withThreads(1, async (writer) => {
      if (writer === undefined) return;
      let early: Done | undefined;
      void writer.done(8_000).then((done) => {
        early = done;
      });
      writer.start({ role: 'write', buffer, seed, from: next, to: next + 1e9, longest });
      const began = performance.now();
      while (next < target && problem === '' && performance.now() - began < 3_000) {
        // Busy, so that the writer is seldom caught while it waits for room.
        for (let turn = 0; turn < 200; turn++) drain();
        raise(early);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (next < target && problem === '') problem = `only ${next} records came within 3 s`;
    });
    while (problem === '' && drain() > 0);
  }
  return { kills, records: next, problem };
}
