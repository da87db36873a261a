/**
 * Scripts of writes and reads at the two ends of one ring, compared with a list. A write must succeed whenever a ring
 * has room that lays its records out as the lesson says; one that needs less memory may take more.
 */
import { createRng } from '../../../harness/driver.ts';
import { cellsOf, described, layout, newBuffer, recordOf, SpscRing, sameBytes, textOf } from './ring.ts';

const { PREFIX, READ, WRITTEN } = layout;

/** Who is at the ends: two objects, one for both, or a writer alone, whose room is given back by hand. */
export type Ends = 'two' | 'one' | 'writer';

/** 0 or more writes a record of that length; -3 reads at most three. */
export type Script = readonly number[];

export interface World {
  readonly capacity: number;
  /** Where both counters stand at the beginning. */
  readonly start: number;
  readonly script: Script;
}

/** Where the ring and the list first differ. */
export interface Difference {
  readonly kind: 'refused' | 'overfull' | 'count' | 'bytes' | 'threw' | 'answer' | 'moved' | 'tally';
  readonly story: string;
  readonly expected: string;
  readonly received: string;
}

/** How a ring that follows the lesson to the letter is filled. */
class Model {
  readonly #capacity: number;
  #written: number;
  #read: number;
  readonly #ends: number[] = [];

  constructor(capacity: number, start: number) {
    this.#capacity = capacity;
    this.#written = this.#read = start >>> 0;
  }

  needs(length: number): number {
    const size = (PREFIX + length + 3) & ~3;
    const rest = this.#capacity - (this.#written % this.#capacity);
    return size > rest ? rest + size : size;
  }

  hasRoom(length: number): boolean {
    return this.#written - this.#read + this.needs(length) <= this.#capacity;
  }

  write(length: number): void {
    this.#written += this.needs(length);
    this.#ends.push(this.#written);
  }

  read(): void {
    this.#read = this.#ends.shift() ?? this.#read;
  }
}

/** Plays one script. */
export function play({ capacity, start, script }: World, ends: Ends): Difference | undefined {
  const buffer = newBuffer(capacity, start);
  const cells = cellsOf(buffer);
  const writer = new SpscRing(buffer);
  const reader = ends === 'two' ? new SpscRing(buffer) : writer;
  const model = new Model(capacity, start);
  const there: Uint8Array[] = [];
  /** Where WRITTEN stood behind each record that waits. */
  const behind: number[] = [];
  let [number, refusals, bytes] = [0, 0, 0];
  const differ = (
    kind: Difference['kind'],
    upTo: number,
    expected: string,
    received: string,
  ): Difference => ({
    kind,
    story: tell({ capacity, start, script: script.slice(0, upTo + 1) }),
    expected,
    received,
  });
  for (const [index, step] of script.entries()) {
    try {
      if (step >= 0) {
        const record = recordOf(number, step);
        const before = cells[WRITTEN];
        const answer: unknown = writer.tryWrite(record);
        if (typeof answer !== 'boolean') return differ('answer', index, 'true or false', String(answer));
        if (!answer && model.hasRoom(step))
          return differ('refused', index, `true: ${model.needs(step)} bytes are needed and free`, 'false');
        if (!answer && cells[WRITTEN] !== before)
          return differ('moved', index, 'false, and WRITTEN where it was', 'false, and WRITTEN has moved');
        if (!answer) {
          refusals++;
          continue;
        }
        model.write(step);
        number++;
        bytes += step;
        there.push(record);
        behind.push(cells[WRITTEN] ?? 0);
        if (bytes > capacity)
          return differ('overfull', index, 'false', `true: ${bytes} bytes wait in a ring of ${capacity}`);
        continue;
      }
      if (ends === 'writer') {
        for (const record of there.splice(0, -step)) {
          bytes -= record.length;
          model.read();
          cells[READ] = behind.shift() ?? 0;
        }
        continue;
      }
      let wrong: Difference | undefined;
      const expected = Math.min(-step, there.length);
      let visits = 0;
      const answer = reader.readBatch((view) => {
        const record = there.shift();
        visits++;
        if (record === undefined) return;
        bytes -= record.length;
        model.read();
        if (wrong !== undefined || sameBytes(view, record)) return;
        wrong = differ(
          'bytes',
          index,
          `${record.length} bytes: ${textOf(record)}`,
          `${view.length} bytes: ${textOf(view.slice(0, 64))}`,
        );
      }, -step);
      if (wrong !== undefined) return wrong;
      if (answer !== expected || visits !== expected)
        return differ(
          'count',
          index,
          `${expected} calls of visit, and ${expected} returned`,
          `${visits} calls of visit, and ${String(answer)} returned`,
        );
    } catch (error) {
      return differ('threw', index, 'no error', described(error));
    }
  }
  for (const end of [writer, reader])
    if (end.refused !== refusals)
      return differ('tally', script.length, `refused is ${refusals} at both ends`, `${end.refused}`);
  return undefined;
}

/** `capacity 32, counters from 8: write 12, read 1` */
function tell({ capacity, start, script }: World): string {
  const shown = script.length > 24 ? script.slice(-24) : script;
  const steps = shown.map((step) => (step >= 0 ? `write ${step}` : `read ${-step}`)).join(', ');
  const before = script.length > 24 ? `(${script.length - 24} steps) ... ` : '';
  return `capacity ${capacity}, counters from ${start >>> 0}: ${before}${steps}`;
}

/** Every start, and every three lengths that a ring of this capacity takes, through a few patterns. */
export function everyStart(capacity: number, ends: Ends): { played: number; difference?: Difference } {
  const largest = capacity / 2 - PREFIX;
  let played = 0;
  for (let start = 0; start < capacity; start += 4)
    for (let a = 0; a <= largest; a++)
      for (let b = 0; b <= largest; b++)
        for (let c = 0; c <= largest; c++) {
          const script = [a, b, -1, c, a, -9, b, c, -2, a, -9];
          played++;
          const difference = play({ capacity, start, script }, ends);
          if (difference !== undefined) return { played, difference };
        }
  return { played };
}

/** Random scripts, from these places. */
export function randomScripts(
  capacity: number,
  starts: readonly number[],
  scripts: number,
  seed: number,
  ends: Ends,
): { played: number; difference?: Difference } {
  const rng = createRng(seed);
  const below = (n: number): number => Math.floor(rng.next() * n);
  const largest = capacity / 2 - PREFIX;
  let played = 0;
  for (const start of starts)
    for (let i = 0; i < scripts; i++) {
      const eager = below(3); // sometimes the reader is far behind, sometimes close
      const small = below(2) === 0 ? largest : Math.min(largest, 8);
      const script = Array.from({ length: 60 }, () => (below(4) <= eager ? -1 - below(4) : below(small + 1)));
      played++;
      const difference = play({ capacity, start, script: [...script, -99, -1] }, ends);
      if (difference !== undefined) return { played, difference };
    }
  return { played };
}
