/**
 * Makes records durable, as many as possible with one sync.
 *
 * A sync costs the same for one record as for a hundred. So there is one flush at a time: write a batch, sync it, and
 * answer everybody in it. Who comes meanwhile waits, and all who wait go together. Nothing is tuned: the slower the
 * disk, the more have gathered when it is ready, and a lone record finds nobody to wait for.
 *
 * The safety argument, in the order of the code: a record is answered after a sync that began after its bytes were
 * written (`#commit`). Whatever is written goes behind the last byte of which that is true or may still become true
 * (`#write`). After a sync that failed nobody knows what the disk holds, so nothing is ever answered again (`#fail`).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileH } from '../../kernel/index.ts';

/** So many records wait for their answer that no more are accepted; it may be tried again later. */
export class FullError extends Error {
  override readonly name = 'FullError';
}

export interface CommitOptions {
  /** The most bytes that one flush may write; a record that is larger by itself travels alone. */
  readonly maxBytes: number;
  /** The most records that may be accepted and not answered yet. */
  readonly maxPending: number;
}

/** A record, and the two ends of the promise that its owner holds. */
interface Waiting {
  readonly record: Uint8Array;
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommitter {
  readonly #file: FileH;
  readonly #maxBytes: number;
  readonly #maxPending: number;
  /** Who is in no flush yet, in the order of the calls. */
  readonly #waiting: Waiting[] = [];
  /** Records without an answer: those that wait, and those in flight. */
  #pending = 0;
  /** The flushes under way: one after another, as long as somebody waits. It never rejects. */
  #flushing: Promise<void> | undefined;
  /** Where the bytes end that were written as a whole; unknown before the first flush. */
  #end: number | undefined;
  /** What answers every append from now on; undefined as long as records are accepted. */
  #refusal: unknown;

  /** Nobody else may append to the file, or cut it. It may hold something already. */
  constructor(file: FileH, { maxBytes, maxPending }: CommitOptions) {
    for (const [name, value] of Object.entries({ maxBytes, maxPending })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name} must be a whole number of at least 1, not ${value}`);
    }
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#maxPending = maxPending;
  }

  /**
   * Resolves with the record's position in the file when a power cut cannot take it any more. Rejects with a
   * `FullError` when too much is pending, and with the disk's error when the record could not be made durable.
   * The bytes must not be changed before the promise has settled.
   */
  append(record: Uint8Array): Promise<number> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    // Rejected rather than made to wait: a queue of those who wait for the queue would have no limit again.
    if (this.#pending >= this.#maxPending)
      return Promise.reject(new FullError(`${this.#maxPending} records are pending already`));
    return new Promise((resolve, reject) => {
      this.#pending++;
      this.#waiting.push({ record, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /**
   * Accepts nothing from now on; resolves when every record that was accepted has its answer. It never rejects: who
   * lost a record has been told. Leaves the file open. A second call is harmless.
   */
  async close(): Promise<void> {
    this.#refusal ??= new Error('the committer is closed');
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Everybody who comes in this turn of the event loop is taken along: those whose requests arrived together, and
      // those who were just answered and have their next record ready. Without it, one of 64 writers travels alone and
      // the other 63 behind it, for ever: half the throughput. It is no delay: a turn with nothing to do takes no time.
      await nextTurn();
      await this.#commit(this.#takeBatch());
    }
    // Nobody can have come between the last look at #waiting and this line: there is no await.
    this.#flushing = undefined;
  }

  /** The first of those who wait: as many as fit, and one in any case, since a larger one never would. */
  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      bytes += record.length;
      if (count > 0 && bytes > this.#maxBytes) break;
      count++;
    }
    // Taken out before anything is awaited: who comes from here on is in the next batch.
    return this.#waiting.splice(0, count);
  }

  /** Writes, syncs, answers. Never rejects. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    let position: number;
    try {
      position = await this.#write(batch.map(({ record }) => record));
    } catch (error) {
      this.#reject(batch, error); // and only these: the disk may have room again for the next
      return;
    }
    try {
      await this.#file.sync();
    } catch (error) {
      this.#reject(batch, error);
      this.#fail(error);
      return;
    }
    this.#pending -= batch.length; // first: who appends again when it is answered must find room
    for (const { record, resolve } of batch) {
      resolve(position);
      position += record.length;
    }
  }

  /** Appends the records; when that fails, the file ends where it ended before, or nothing is written ever again. */
  async #write(records: readonly Uint8Array[]): Promise<number> {
    this.#end ??= await this.#file.size();
    const end = this.#end;
    try {
      const start = await this.#file.append(records);
      this.#end = start + records.reduce((sum, { length }) => sum + length, 0);
      return start;
    } catch (error) {
      // A part of the bytes may be there. Left behind, it would stand between two records that were promised.
      await this.#file.truncate(end).catch((stuck: unknown) => this.#fail(stuck));
      throw error;
    }
  }

  /**
   * Refuses everybody from now on. A failed sync is never tried again: the system may have thrown the unwritten pages
   * away, and then the next sync succeeds without them.
   */
  #fail(error: unknown): void {
    this.#refusal = error;
    this.#reject(this.#waiting.splice(0), error);
  }

  #reject(batch: readonly Waiting[], error: unknown): void {
    this.#pending -= batch.length;
    for (const { reject } of batch) reject(error);
  }
}
