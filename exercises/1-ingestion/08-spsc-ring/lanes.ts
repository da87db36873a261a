/**
 * The rings that the experiment compares: numbers of 4 bytes, one after another, for as long as nobody says stop. Given;
 * there is nothing to write here. All four are right, and differ only in how they use the two shared counters.
 */

/** Places in the array of counters; a lane of 64 bytes is 16 of them. */
export const STOP = 0;
/** How far the reader had come when it was stopped, for the table. */
export const RESULT = 1;

export interface Lane {
  readonly name: string;
  /** Where the two counters stand, in numbers of 4 bytes. */
  readonly written: number;
  readonly read: number;
  /** Whether each side keeps what it last saw of the other. */
  readonly cached: boolean;
  /** After how many numbers a counter is stored. */
  readonly batch: number;
}

export const lanes: readonly Lane[] = [
  { name: 'atomics for each number', written: 64, read: 128, cached: false, batch: 1 },
  { name: "other's counter cached", written: 64, read: 128, cached: true, batch: 1 },
  { name: 'cached, both in one line', written: 64, read: 65, cached: true, batch: 1 },
  { name: 'cached, batches of 256', written: 64, read: 128, cached: true, batch: 256 },
];

export const CELLS = 192;
export const SLOTS = 4_096;

/** So often in a row one side asks in vain before it gives up the processor: the other may be waiting for just that. */
export const PATIENCE = 2_000;

const nobody = new Int32Array(new SharedArrayBuffer(4));

/** A twentieth of a millisecond for others. */
export function rest(): void {
  Atomics.wait(nobody, 0, 0, 0.05);
}

/** Numbers between two looks at the clock. */
const CHUNK = 65_536;

/** Writes 0, 1, 2 and so on, until it is stopped. */
export function writeNumbers(
  { written, read, cached, batch }: Lane,
  cells: Int32Array,
  slots: Int32Array,
): void {
  let [tail, seen, stored, vain] = [0, 0, 0, 0];
  while (Atomics.load(cells, STOP) === 0) {
    for (let i = 0; i < CHUNK; i++) {
      if (!cached || tail - seen === SLOTS) {
        seen = Atomics.load(cells, read);
        // Full: show what has been held back, and try again.
        if (tail - seen === SLOTS) {
          if (stored !== tail) {
            stored = tail;
            Atomics.store(cells, written, stored);
          }
          if (++vain === PATIENCE) {
            rest();
            vain = 0;
          }
          continue;
        }
      }
      slots[tail & (SLOTS - 1)] = tail;
      tail++;
      vain = 0;
      if (tail - stored >= batch) {
        stored = tail;
        Atomics.store(cells, written, stored);
      }
    }
  }
  Atomics.store(cells, written, tail);
}

/** Reads them and compares, until it is stopped; leaves behind how many it has read in the end. */
export function readNumbers(
  { written, read, cached, batch }: Lane,
  cells: Int32Array,
  slots: Int32Array,
): void {
  let [head, seen, stored, wrong, vain] = [0, 0, 0, 0, 0];
  while (Atomics.load(cells, STOP) === 0) {
    for (let i = 0; i < CHUNK; i++) {
      if (!cached || head === seen) {
        seen = Atomics.load(cells, written);
        if (head === seen) {
          if (stored !== head) {
            stored = head;
            Atomics.store(cells, read, stored);
          }
          if (++vain === PATIENCE) {
            rest();
            vain = 0;
          }
          continue;
        }
      }
      if (slots[head & (SLOTS - 1)] !== head) wrong++;
      head++;
      vain = 0;
      if (head - stored >= batch) {
        stored = head;
        Atomics.store(cells, read, stored);
      }
    }
  }
  Atomics.store(cells, RESULT, wrong > 0 ? -1 : head);
}
