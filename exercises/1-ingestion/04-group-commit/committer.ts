/**
 * Makes records durable, as many as possible with one sync.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
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

export class GroupCommitter {
  readonly #file: FileH;
  readonly #maxBytes: number;
  readonly #maxPending: number;

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
    // TODO(human): 1. Keep the record together with the resolve and reject of its promise, and begin a flush unless
    // one is under way. A flush takes what waits, appends it, syncs, and only then answers; then the next one has its
    // turn, as long as somebody waits. Contract: invariants 1 to 3. (README: Task 1)
    // TODO(human): 2. Two limits: how much one flush takes, and how many may be pending.
    // Contract: invariants 4 and 5. (README: Task 2)
    // TODO(human): 3. Two errors: after a failed append go on behind the last good byte; after a failed sync never again.
    // Contract: invariants 6 and 7. (README: Task 3)
    throw new Error('TODO(human): keep the record, and begin a flush unless one is under way');
  }

  /**
   * Accepts nothing from now on; resolves when every record that was accepted has its answer. It never rejects: who
   * lost a record has been told. Leaves the file open. A second call is harmless.
   */
  async close(): Promise<void> {
    // TODO(human): 4. Refuse what comes from now on, and wait until nobody waits. Contract: invariant 8. (README: Task 4)
    throw new Error('TODO(human): refuse new records, and wait for the flushes of the old ones');
  }
}
