/** The writer alone, in one thread: sizes, room, and the order in which it does things. */
import {
  type Around,
  cellsOf,
  changes,
  described,
  layout,
  newBuffer,
  recordOf,
  SpscRing,
  sameBytes,
  tapped,
  textOf,
} from './ring.ts';

const { DATA, PREFIX, READ, REFUSED, WAITING, WRITTEN } = layout;

export { everyStart, randomScripts } from './scripts.ts';

/** What `alloc` and the constructor say of each capacity: `ok`, a number of bytes that is wrong, or an error. */
export function sizes(capacities: readonly number[]): { alloc: string; constructed: string }[] {
  return capacities.map((capacity) => ({
    alloc: attempt(() => {
      const buffer: unknown = SpscRing.alloc(capacity);
      if (!(buffer instanceof SharedArrayBuffer)) return 'no SharedArrayBuffer';
      return buffer.byteLength === DATA + capacity ? 'ok' : `a buffer of ${buffer.byteLength} bytes`;
    }),
    constructed: attempt(() => {
      const bytes = DATA + capacity;
      if (!Number.isInteger(bytes) || bytes < 0 || capacity > 2 ** 20) return 'not tried';
      new SpscRing(new SharedArrayBuffer(bytes));
      return 'ok';
    }),
  }));
}

function attempt(action: () => string): string {
  try {
    return action();
  } catch (error) {
    return described(error);
  }
}

/** What a writer says of some records, and what it changes when it says no. */
export interface Refusal {
  readonly story: string;
  readonly answer: string;
  readonly changed: string;
  readonly refused: number;
  /** Calls of atomics.wait. */
  readonly waits: number;
}

/** Records that are too large for a ring of this capacity, at every start; `full`: in a ring with no room at all. */
export function tooLarge(capacity: number, length: number, full: boolean): Refusal[] {
  const refusals: Refusal[] = [];
  for (let start = 0; start < capacity; start += 4) {
    const buffer = newBuffer(capacity, start);
    const ring = new SpscRing(buffer);
    for (let i = 0; full && i < capacity && ring.tryWrite(recordOf(i, 0)); i++);
    const refusedBefore = ring.refused;
    const before = new Uint8Array(buffer).slice();
    const answer = attempt(() => String(ring.tryWrite(recordOf(2, length))));
    refusals.push({
      story: `capacity ${capacity}, counters at ${start}, ${full ? 'full' : 'empty'}: a record of ${length} bytes`,
      answer,
      changed: firstChange(before, new Uint8Array(buffer)),
      refused: ring.refused - refusedBefore,
      waits: 0,
    });
  }
  return refusals;
}

/** Fills a ring, and writes some more records. */
export function whenFull(capacity: number, start: number, length: number): Refusal[] {
  const buffer = newBuffer(capacity, start);
  let waits = 0;
  const ring = new SpscRing(
    buffer,
    tapped((op, perform) => {
      if (op.name !== 'wait') return perform();
      waits++;
      return 'timed-out';
    }),
  );
  let number = 0;
  while (number < capacity && ring.tryWrite(recordOf(number, length))) number++;
  const firstRefusals = ring.refused;
  const before = new Uint8Array(buffer).slice();
  return [length, 0, capacity / 2 - PREFIX].map((bytes, i) => {
    const answer = attempt(() => String(ring.tryWrite(recordOf(100 + i, bytes))));
    return {
      story: `capacity ${capacity}, counters from ${start}, ${number} records of ${length} bytes; one more, of ${bytes}`,
      answer,
      changed: firstChange(before, new Uint8Array(buffer)),
      refused: ring.refused - firstRefusals - i,
      waits,
    };
  });
}

/** What making an object changes in a buffer in use, whose reader sleeps: WRITTEN, READ, WAITING, REFUSED and bytes. */
export function making(start: number): string {
  const buffer = newBuffer(64, start);
  new SpscRing(buffer).tryWrite(recordOf(1, 9));
  const cells = cellsOf(buffer);
  cells[WAITING] = 1;
  cells[REFUSED] = 7;
  const before = new Uint8Array(buffer).slice();
  new SpscRing(buffer);
  return cells[REFUSED] === 7 ? firstChange(before, new Uint8Array(buffer)) : 'REFUSED';
}

/** Two writers in turn, each refused twice: what both say of it. */
export function refusedInTurn(): number[] {
  const buffer = newBuffer(64, 0);
  const writers = [new SpscRing(buffer), new SpscRing(buffer)];
  while (writers[0]?.tryWrite(recordOf(1, 28)));
  const earlier = new SpscRing(buffer).refused;
  for (const writer of [new SpscRing(buffer), new SpscRing(buffer)])
    for (let i = 0; i < 2; i++) writer.tryWrite(recordOf(2, 28));
  return writers.map((writer) => writer.refused - earlier);
}

/** The first byte that differs, REFUSED aside. */
function firstChange(before: Uint8Array, after: Uint8Array): string {
  for (const [at, byte] of after.entries()) {
    if (byte === before[at] || (at >= 4 * layout.REFUSED && at < 4 * layout.REFUSED + 4)) continue;
    if (at >= DATA) return `byte ${at - DATA} of the ring`;
    if (at >> 2 === WRITTEN) return 'WRITTEN';
    if (at >> 2 === WAITING) return 'WAITING';
    return at >> 2 === READ ? 'READ' : `byte ${at} of the buffer`;
  }
  return 'nothing';
}

export interface Publishing {
  readonly story: string;
  /** What is wrong, or empty. */
  readonly problem:
    | ''
    | 'not-atomic'
    | 'not-published'
    | 'bytes-later'
    | 'read-changed'
    | 'bytes-missing'
    | 'waits';
  readonly detail: string;
}

/** Watches a writer at each use that it makes of the counters, over so many records that wrap round. */
export function publish(capacity: number, records: number): Publishing[] {
  const buffer = newBuffer(capacity, 8);
  const cells = cellsOf(buffer);
  const data = new Uint8Array(buffer, DATA);
  let known = cells[WRITTEN];
  let published: Uint8Array | undefined;
  let problem: Publishing['problem'] = '';
  let detail = '';
  const note = (found: Publishing['problem'], what: string): void => {
    if (problem !== '') return;
    problem = found;
    detail = what;
  };
  const around: Around = (op, perform) => {
    if (cells[WRITTEN] !== known)
      note('not-atomic', `WRITTEN had changed when atomics.${op.name} was called with ${op.cell}`);
    if (op.name === 'wait') note('waits', `tryWrite called atomics.wait with ${op.cell}`);
    if (op.cell === 'READ' && changes(op))
      note('read-changed', `tryWrite called atomics.${op.name} with READ`);
    const result = perform();
    if (op.cell === 'WRITTEN' && changes(op)) {
      known = cells[WRITTEN];
      published = data.slice();
    }
    return result;
  };
  const ring = new SpscRing(buffer, tapped(around));
  const reports: Publishing[] = [];
  for (let number = 0; number < records; number++) {
    const record = recordOf(number, (number * 5) % (capacity / 2 - PREFIX));
    cells[READ] = cells[WRITTEN] ?? 0; // all has been read
    published = undefined;
    ring.tryWrite(record);
    if (cells[WRITTEN] !== known) note('not-atomic', 'WRITTEN had changed when tryWrite returned');
    else if (published === undefined) note('not-published', 'tryWrite returned, and WRITTEN had not moved');
    else if (!sameBytes(published, data)) {
      const at = data.findIndex((byte, i) => byte !== published?.[i]);
      note('bytes-later', `byte ${at} of the ring changed after WRITTEN was stored`);
    } else if (!Buffer.concat([published, published]).includes(Buffer.from(record))) {
      note('bytes-missing', `nowhere in the ring stood ${textOf(record)}`);
    }
    reports.push({ story: `record ${number + 1}, of ${record.length} bytes`, problem, detail });
    if (problem !== '') break;
  }
  return reports;
}
