/**
 * Both ends in one thread, one inside the other: at each single use that one end makes of the shared counters, the
 * other end does its work, or the first one dies. What two threads do once in a million times happens here each time.
 */
import {
  type Around,
  cellsOf,
  copyOf,
  described,
  layout,
  newBuffer,
  type Op,
  type Ring,
  recordOf,
  SpscRing,
  sameBytes,
  tapped,
  textOf,
} from './ring.ts';

const { READ, WRITTEN } = layout;

export interface Finding {
  readonly kind: 'bytes' | 'order' | 'view' | 'lost' | 'threw' | 'endless';
  readonly story: string;
  readonly expected: string;
  readonly received: string;
}

/** More uses of the counters than one call can need. */
const ENDLESS = 60;

/** Calls `act` at the nth use of a counter: before it is done, or right after. */
function at(nth: number, when: 'before' | 'after', act: (op: Op) => void) {
  const state = { uses: 0, op: '' };
  const around: Around = (op, perform) => {
    const isIt = state.uses++ === nth;
    if (isIt) state.op = `atomics.${op.name} of ${op.cell}`;
    if (isIt && when === 'before') act(op);
    const result = perform();
    if (isIt && when === 'after') act(op);
    return result;
  };
  return { state, around };
}

/** Reads all that is there, with the contents as they are when they are seen. */
export function drain(ring: Ring): Uint8Array[] {
  const seen: Uint8Array[] = [];
  while (ring.readBatch((view) => void seen.push(new Uint8Array(view)), 16) > 0 && seen.length < 1_000);
  return seen;
}

function compare(
  story: string,
  seen: readonly Uint8Array[],
  expected: readonly Uint8Array[],
): Finding | undefined {
  for (let i = 0; i < Math.max(seen.length, expected.length); i++) {
    const [got, wanted] = [seen[i], expected[i]];
    if (got !== undefined && wanted !== undefined && sameBytes(got, wanted)) continue;
    return {
      kind: wanted === undefined || got === undefined ? 'lost' : 'bytes',
      story,
      expected: wanted === undefined ? `${expected.length} records` : `record ${i + 1}: ${textOf(wanted)}`,
      received: got === undefined ? `${seen.length} records` : `record ${i + 1}: ${textOf(got.slice(0, 40))}`,
    };
  }
  return undefined;
}

/** A ring whose memory is full of old records, with both ends, and `there` new ones in it. */
export function usedRing(
  capacity: number,
  laps: number,
  there: number,
  atReader?: Around,
  atWriter?: Around,
) {
  const buffer = newBuffer(capacity, 0);
  const [oldWriter, oldReader] = [new SpscRing(buffer), new SpscRing(buffer)];
  for (let i = 0; i < laps; i++) {
    if (!oldWriter.tryWrite(recordOf(i, 20))) break;
    oldReader.readBatch(() => {}, 1);
  }
  const records = Array.from({ length: there }, (_, i) => recordOf(50 + i, 5 + 6 * i)).filter((record) =>
    oldWriter.tryWrite(record),
  );
  const reader = new SpscRing(buffer, atReader === undefined ? Atomics : tapped(atReader));
  const writer = new SpscRing(buffer, atWriter === undefined ? Atomics : tapped(atWriter));
  return { buffer, reader, writer, records };
}

/** While the reader reads, the writer writes all it can, at each use of a counter. */
export function writeInside(): Finding | undefined {
  for (let laps = 0; laps < 14; laps++)
    for (let there = 0; there < 4; there++)
      for (const when of ['before', 'after'] as const)
        for (let nth = 0; ; nth++) {
          if (nth > ENDLESS) return endless('readBatch');
          const { finding, uses } = writeInsideOnce(laps, there, when, nth);
          if (finding !== undefined) return finding;
          if (uses <= nth) break;
        }
  return undefined;
}

function writeInsideOnce(laps: number, there: number, when: 'before' | 'after', nth: number) {
  const begun = { is: false };
  const written: Uint8Array[] = [];
  const tap = at(nth, when, () => {
    for (let i = 0; i < 20; i++) {
      const record = recordOf(150 + i, (3 + i * 7) % 25);
      if (writer.tryWrite(record)) written.push(record);
    }
  });
  // The constructor looks at the counters too: those uses are not counted.
  const around: Around = (op, perform) => (begun.is ? tap.around(op, perform) : perform());
  const { reader, writer, records } = usedRing(128, laps, there, around);
  const seen: Uint8Array[] = [];
  const views: Uint8Array[] = [];
  let torn: Finding | undefined;
  begun.is = true;
  const story = (): string =>
    `${there} records wait; readBatch runs, and ${when} its use no. ${nth + 1} of a counter (${tap.state.op}) the writer fills the ring`;
  try {
    reader.readBatch((view) => {
      seen.push(new Uint8Array(view)); // not slice(): that of a Buffer is no copy
      views.push(view);
      const changed = views.findIndex((earlier, i) => !sameBytes(earlier, seen[i] ?? earlier));
      if (changed < 0 || torn !== undefined) return;
      torn = {
        kind: 'view',
        story: `${story()}; what visit got first, seen again at its call no. ${views.length}`,
        expected: textOf(seen[changed] ?? view),
        received: textOf(views[changed] ?? view),
      };
    }, 8);
    const { uses } = tap.state;
    begun.is = false;
    const finding = torn ?? compare(story(), [...seen, ...drain(reader)], [...records, ...written]);
    return { finding, uses };
  } catch (error) {
    return { finding: threw(story(), error), uses: 0 };
  }
}

/** While the writer writes, the reader reads all there is, at each use of a counter. */
export function readInside(): Finding | undefined {
  for (let laps = 0; laps < 14; laps++)
    for (const length of [0, 9, 28, 60])
      for (const when of ['before', 'after'] as const)
        for (let nth = 0; ; nth++) {
          if (nth > ENDLESS) return endless('tryWrite');
          const begun = { is: false };
          const seen: Uint8Array[] = [];
          const tap = at(nth, when, () => seen.push(...drain(reader)));
          const around: Around = (op, perform) => (begun.is ? tap.around(op, perform) : perform());
          const { reader, writer, records } = usedRing(128, laps, 3, undefined, around);
          begun.is = true;
          const record = recordOf(99, length);
          const expected = [...records];
          const told = (): string =>
            `3 records wait; tryWrite runs, and ${when} its use no. ${nth + 1} of a counter (${tap.state.op}) the reader reads`;
          try {
            if (writer.tryWrite(record)) expected.push(record);
            const { uses } = tap.state;
            begun.is = false;
            const finding = compare(told(), [...seen, ...drain(reader)], expected);
            if (finding !== undefined) return finding;
            if (uses <= nth) break;
          } catch (error) {
            return threw(told(), error);
          }
        }
  return undefined;
}

/** The writer dies at each use of a counter: others find what was there before, or all of the new record as well. */
export function writerDies(): Finding | undefined {
  for (let laps = 0; laps < 14; laps++)
    for (const length of [0, 9, 28, 60]) {
      const copies: { memory: SharedArrayBuffer; when: string; published: boolean }[] = [];
      const begun = { is: false };
      const around: Around = (op, perform) => {
        const keep = (when: string): void => {
          const memory = copyOf(buffer);
          const published = cellsOf(memory)[WRITTEN] !== before;
          copies.push({ memory, when: `${when} atomics.${op.name} of ${op.cell}`, published });
        };
        if (begun.is) keep('before');
        const result = perform();
        if (begun.is) keep('after');
        return result;
      };
      const { buffer, writer, records } = usedRing(128, laps, 2, undefined, around);
      const before = cellsOf(buffer)[WRITTEN];
      const record = recordOf(99, length);
      begun.is = true;
      const wasWritten = writer.tryWrite(record);
      begun.is = false;
      if (!wasWritten) continue;
      copies.push({ memory: copyOf(buffer), when: 'after its end', published: true });
      for (const { memory, when, published } of copies) {
        const story = `2 records wait; the writer dies in tryWrite with ${length} bytes, ${when}. A new writer goes on`;
        try {
          const reader = new SpscRing(memory);
          const first = drain(reader);
          // WRITTEN has moved: the record is there, not only the mark in front of it.
          const whole = first.length > 2 || published;
          const expected = whole ? [...records, record] : records;
          const next = recordOf(120, 7);
          const again = new SpscRing(memory).tryWrite(next) ? [next] : [];
          const finding = compare(story, [...first, ...drain(reader)], [...expected, ...again]);
          if (finding !== undefined) return finding;
          if (again.length === 0)
            return {
              kind: 'lost',
              story,
              expected: 'all was read: the new writer has room',
              received: 'false',
            };
        } catch (error) {
          return threw(story, error);
        }
      }
    }
  return undefined;
}

/** The reader dies inside a call of visit, or before it uses a counter: the next one gets the whole batch again. */
export function readerDies(): Finding | undefined {
  for (let laps = 0; laps < 14; laps++) {
    const copies: { memory: SharedArrayBuffer; when: string }[] = [];
    const state = { begun: false, visits: 0 };
    const around: Around = (op, perform) => {
      if (state.begun && cellsOf(buffer)[READ] === before)
        copies.push({ memory: copyOf(buffer), when: `before atomics.${op.name} of ${op.cell}` });
      return perform();
    };
    const { buffer, reader, records } = usedRing(128, laps, 3, around);
    const before = cellsOf(buffer)[READ];
    state.begun = true;
    reader.readBatch(() => {
      copies.push({ memory: copyOf(buffer), when: `in call no. ${++state.visits} of visit` });
    }, 3);
    for (const { memory, when } of copies) {
      const story = `3 records wait; the reader dies in readBatch, ${when}. A new reader reads`;
      const finding = compare(story, drain(new SpscRing(memory)), records);
      if (finding !== undefined) return finding;
    }
  }
  return undefined;
}

function threw(story: string, error: unknown): Finding {
  return { kind: 'threw', story, expected: 'no error', received: described(error) };
}

function endless(what: string): Finding {
  const story = `${what} uses the shared counters more than ${ENDLESS} times in one call`;
  return { kind: 'endless', story, expected: 'a few times', received: 'more and more' };
}
