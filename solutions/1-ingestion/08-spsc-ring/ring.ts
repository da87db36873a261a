/**
 * Records from one thread to another through shared memory, without a lock.
 *
 * One writer and one reader need none: WRITTEN is changed by the writer only, READ by the reader only, and each of the
 * two numbers hands something over. The writer stores WRITTEN after the record's bytes: who sees the new number sees
 * the bytes. The reader stores READ after it has used them: who sees that number may overwrite them. Everything else
 * here serves to look at the other side's number as seldom as possible.
 *
 * A record stands in one piece: its length (4 bytes), its bytes, and up to 3 unused ones, so that every length stands
 * at a multiple of 4. When the rest of the ring is too short for it, a mark takes the place of the length, and the
 * record begins at the front. The counters never go back: where one points to is its lowest bits.
 */
import { CELLS, DATA, LARGEST, PREFIX, READ, REFUSED, SMALLEST, WAITING, WRITTEN } from './layout.ts';

/** In the place of a length: the rest of the ring is unused, go on at the front. No record is that long. */
const TO_THE_FRONT = -1;

export class SpscRing {
  readonly #atomics: typeof Atomics;
  readonly #buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  /** The ring's bytes, and the same bytes by fours for the lengths. */
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #capacity: number;
  /** The writer's own counter, and the reader's as last seen: a smaller one than the true one only hides room. */
  #written: number;
  #readSeen: number;
  /** The reader's own counter, and the writer's as last seen: a smaller one only hides records. */
  #read: number;
  #writtenSeen: number;

  /** Memory for a ring of so many bytes: a power of two from 16 to 2^30, otherwise a `RangeError`. */
  static alloc(bytes: number): SharedArrayBuffer {
    checkCapacity(bytes);
    return new SharedArrayBuffer(DATA + bytes);
  }

  /**
   * One end of the ring in `buffer`, or both. It goes on where the ring stands. `atomics` is what all access to the
   * shared counters goes through.
   */
  constructor(buffer: SharedArrayBuffer, atomics: typeof Atomics = Atomics) {
    const capacity = buffer.byteLength - DATA;
    checkCapacity(capacity);
    this.#atomics = atomics;
    this.#buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, CELLS);
    this.#bytes = new Uint8Array(buffer, DATA, capacity);
    this.#words = new Int32Array(buffer, DATA, capacity / 4);
    this.#capacity = capacity;
    this.#written = this.#writtenSeen = atomics.load(this.#cells, WRITTEN);
    this.#read = this.#readSeen = atomics.load(this.#cells, READ);
  }

  /**
   * Writer: copies the record into the ring; false when there is no room for it now. Throws a `RangeError` when there
   * may never be any: with its length in front it must fit into half of the ring.
   */
  tryWrite(record: Uint8Array): boolean {
    const { length } = record;
    const size = sizeOf(length);
    // Wherever the counters stand, one half of an empty ring is free in one piece; more than half may never be.
    if (size > this.#capacity / 2)
      throw new RangeError(`a record of ${length} bytes is too large for a ring of ${this.#capacity}`);
    let at = this.#written & (this.#capacity - 1);
    const rest = this.#capacity - at;
    const unused = size > rest ? rest : 0;
    if (!this.#hasRoom(unused + size)) {
      this.#atomics.store(this.#cells, REFUSED, this.#atomics.load(this.#cells, REFUSED) + 1);
      return false;
    }
    if (unused > 0) {
      this.#words[at >> 2] = TO_THE_FRONT;
      at = 0;
    }
    this.#words[at >> 2] = length;
    this.#bytes.set(record, at + PREFIX);
    // `| 0`: 32 bits that wrap round, as the cell does. Differences stay right, since the capacity divides 2^32.
    this.#written = (this.#written + unused + size) | 0;
    // Last. Before this line nothing has happened, whoever looks and whenever this thread dies.
    this.#atomics.store(this.#cells, WRITTEN, this.#written);
    // And the reader stores WAITING before it looks at WRITTEN: whichever comes second sees the other.
    if (this.#atomics.load(this.#cells, WAITING) !== 0) this.#atomics.notify(this.#cells, WRITTEN);
    return true;
  }

  /**
   * Reader: calls `visit` for the next records in order, `max` of them or all there are; returns how many. What `visit`
   * gets stays as it is until `readBatch` returns. When `visit` throws, the error passes on, and that record was read.
   */
  readBatch(visit: (record: Uint8Array) => void, max: number): number {
    let read = this.#read;
    let visited = 0;
    try {
      while (visited < max) {
        if (read === this.#writtenSeen) {
          this.#writtenSeen = this.#atomics.load(this.#cells, WRITTEN);
          if (read === this.#writtenSeen) break;
        }
        let at = read & (this.#capacity - 1);
        if (this.#words[at >> 2] === TO_THE_FRONT) {
          read += this.#capacity - at;
          at = 0;
        }
        const length = this.#words[at >> 2] ?? 0;
        read = (read + sizeOf(length)) | 0;
        visited++;
        visit(new Uint8Array(this.#buffer, DATA + at + PREFIX, length));
      }
    } finally {
      // Once for the whole batch, and after the last use of its bytes: from here on they are the writer's.
      if (visited > 0) this.#atomics.store(this.#cells, READ, read);
      this.#read = read;
    }
    return visited;
  }

  /** Reader: sleeps until a record is there (true, at once if there is one) or `ms` milliseconds are over (false). */
  waitReadable(ms: number): boolean {
    if (this.#isReadable()) return true;
    const deadline = performance.now() + ms;
    this.#atomics.store(this.#cells, WAITING, 1);
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
    }
  }

  /** How often `tryWrite` has returned false, at whichever end. A writer that did not try again lost so many records. */
  get refused(): number {
    return this.#atomics.load(this.#cells, REFUSED) >>> 0;
  }

  /** Looks at the reader's counter only when the last look does not suffice. */
  #hasRoom(bytes: number): boolean {
    const most = this.#capacity - bytes;
    if (((this.#written - this.#readSeen) | 0) <= most) return true;
    this.#readSeen = this.#atomics.load(this.#cells, READ);
    return ((this.#written - this.#readSeen) | 0) <= most;
  }

  #isReadable(): boolean {
    this.#writtenSeen = this.#atomics.load(this.#cells, WRITTEN);
    return this.#writtenSeen !== this.#read;
  }
}

/** What a record of this length takes up: a multiple of 4. */
function sizeOf(length: number): number {
  return (PREFIX + length + 3) & ~3;
}

function checkCapacity(bytes: number): void {
  const isPowerOfTwo = Number.isInteger(bytes) && (bytes & (bytes - 1)) === 0;
  if (!isPowerOfTwo || bytes < SMALLEST || bytes > LARGEST)
    throw new RangeError(
      `the ring needs a power of two of bytes, from ${SMALLEST} to ${LARGEST}, not ${bytes}`,
    );
}
