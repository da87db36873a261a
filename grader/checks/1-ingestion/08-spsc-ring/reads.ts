/** The reader in one thread: what it is given, how many, and what an error in `visit` leaves behind. */
import { cellsOf, layout, newBuffer, recordOf, SpscRing, sameBytes, textOf } from './ring.ts';

export interface Trip {
  readonly story: string;
  readonly sent: string;
  readonly received: string;
}

/** Records of all kinds, each read at once by another object: what was sent and what came. */
export function roundTrips(): Trip[] {
  const buffer = newBuffer(1_024);
  const [writer, reader] = [new SpscRing(buffer), new SpscRing(buffer)];
  const backing = recordOf(3, 200);
  const kinds: [string, Uint8Array][] = [
    ['12 bytes', recordOf(1, 12)],
    ['no bytes', new Uint8Array(0)],
    ['1 byte', recordOf(2, 1)],
    ['13 bytes', recordOf(7, 13)],
    ['a Buffer', Buffer.from('from a pool: é')],
    ['bytes 50 to 69 of a larger array', backing.subarray(50, 70)],
    ['zeros', new Uint8Array(16)],
    ['255 eight times', new Uint8Array(8).fill(255)],
    ['a record of 508 bytes, the largest', recordOf(5, 508)],
    ['12 bytes, as the first', recordOf(1, 12)],
  ];
  return kinds.map(([story, record]) => {
    const copy = new Uint8Array(record);
    const answer: unknown = writer.tryWrite(record);
    if (answer !== true) return { story, sent: 'true', received: `tryWrite: ${String(answer)}` };
    if (!sameBytes(record, copy))
      return { story, sent: textOf(copy), received: 'tryWrite changed the record' };
    record.fill(0xee); // it is the caller's again
    const seen: string[] = [];
    reader.readBatch((view: unknown) => {
      seen.push(view instanceof Uint8Array ? textOf(view) || 'no bytes' : `no Uint8Array: ${typeof view}`);
    }, 2);
    return { story, sent: textOf(copy) || 'no bytes', received: seen.join(' | ') };
  });
}

/** Records whose length needs more than one, two and three bytes. */
export function largeTrips(): Trip[] {
  return [300, 70_000, 2 ** 24 + 5].map((length) => {
    const buffer = newBuffer(2 ** Math.ceil(Math.log2(2 * length + 8)));
    const [writer, reader] = [new SpscRing(buffer), new SpscRing(buffer)];
    const record = new Uint8Array(length);
    for (let i = 0; i < length; i += 251) record[i] = i / 251 + 1;
    const story = `a record of ${length} bytes`;
    if (!writer.tryWrite(record)) return { story, sent: 'true', received: 'tryWrite: false' };
    let received = '';
    reader.readBatch((view) => {
      const same = Buffer.compare(view, record) === 0;
      received = same ? 'its bytes' : `${view.length} bytes, or others`;
    }, 1);
    return { story, sent: 'its bytes', received };
  });
}

/** Three rings of different sizes, used in turn: what came out of each. */
export function sideBySide(): Trip[] {
  const rings = [64, 256, 1_024].map((capacity, i) => {
    const buffer = newBuffer(capacity, 16 * i);
    return { capacity, writer: new SpscRing(buffer), reader: new SpscRing(buffer) };
  });
  const trips: Trip[] = [];
  for (let i = 0; i < 12; i++) {
    for (const [j, { writer }] of rings.entries()) writer.tryWrite(recordOf(3 * i + j, 4 + i));
    for (const [j, { reader, capacity }] of rings.entries()) {
      let received = '';
      reader.readBatch((view) => {
        received += textOf(view);
      }, 9);
      const story = `three rings in turn; record ${i + 1} of the one of ${capacity} bytes`;
      trips.push({ story, sent: textOf(recordOf(3 * i + j, 4 + i)), received });
    }
  }
  return trips;
}

/** Two objects at each end, made at different times: what the last one reads. */
export function openedLater(): Trip[] {
  const buffer = newBuffer(256);
  const first = new SpscRing(buffer);
  for (let i = 0; i < 5; i++) first.tryWrite(recordOf(i, 10));
  const reader = new SpscRing(buffer);
  const seen: string[] = [];
  const see = (view: Uint8Array): void => void seen.push(textOf(view));
  reader.readBatch(see, 2);
  const second = new SpscRing(buffer);
  second.tryWrite(recordOf(5, 10));
  new SpscRing(buffer).readBatch(see, 9);
  return seen.map((received, i) => ({
    story: `record ${i + 1} of 6; writer and reader were replaced meanwhile`,
    sent: textOf(recordOf(i, 10)),
    received,
  }));
}

/** The answers of readBatch with these maxima, one after another, when so many records wait; and what visit saw. */
export function batches(there: number, maxima: readonly number[]): { answer: number; visits: number }[] {
  const buffer = newBuffer(1_024, 1_000);
  const [writer, reader] = [new SpscRing(buffer), new SpscRing(buffer)];
  for (let i = 0; i < there; i++) writer.tryWrite(recordOf(i, 20));
  return maxima.map((max) => {
    let visits = 0;
    // What visit returns means nothing.
    const answers = [false, true, 0, null, undefined];
    return { answer: reader.readBatch(() => answers[visits++ % answers.length], max), visits };
  });
}

export interface Thrown {
  readonly sameError: boolean;
  readonly visited: number[];
  /** What the next call visits, and what it returns. */
  readonly next: number[];
  readonly answer: number;
  /** Bytes in use after the error, and before. */
  readonly usedBefore: number;
  readonly usedAfter: number;
}

/** Five records wait; visit throws at the nth: an error, or `undefined` and the like. */
export function throwingVisit(nth: number, what: 'an Error' | 'undefined' | 'null' | '0'): Thrown {
  const { READ, WRITTEN } = layout;
  const buffer = newBuffer(256, 192);
  const cells = cellsOf(buffer);
  const [writer, reader] = [new SpscRing(buffer), new SpscRing(buffer)];
  for (let i = 0; i < 5; i++) writer.tryWrite(new Uint8Array(12).fill(i));
  const used = (): number => ((cells[WRITTEN] ?? 0) - (cells[READ] ?? 0)) | 0;
  const usedBefore = used();
  const boom = { 'an Error': new Error('visit failed'), undefined: undefined, null: null, '0': 0 }[what];
  const visited: number[] = [];
  let sameError = false;
  try {
    reader.readBatch((view) => {
      visited.push(view[0] ?? -1);
      if (visited.length === nth) throw boom;
    }, 9);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('TODO(human)')) throw error;
    sameError = error === boom;
  }
  const usedAfter = used();
  const next: number[] = [];
  const answer = reader.readBatch((view) => void next.push(view[0] ?? -1), 9);
  return { sameError, visited, next, answer, usedBefore, usedAfter };
}
