/**
 * Computes in other threads, so that the event loop stays free.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import type { TransferListItem } from 'node:worker_threads';

/** So many tasks wait that no more are accepted; it may be tried again later. */
export class FullError extends Error {
  override readonly name = 'FullError';
}

/** The task's time was up before it had ended. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** The thread ended in the middle of the task, without an error that would say why. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
}

export interface PoolOptions {
  /** The most threads that live at a time. */
  readonly size: number;
  /** The most tasks that may wait for a thread. */
  readonly maxQueue: number;
}

export interface RunOptions {
  /** What of the input is moved to the thread instead of copied: ArrayBuffers, MessagePorts. */
  readonly transfer?: readonly TransferListItem[];
  /** How long the caller waits for the answer, in ms from the call of `run`. */
  readonly timeoutMs?: number;
}

export class WorkerPool<I, O> {
  readonly #file: URL;
  readonly #size: number;
  readonly #maxQueue: number;

  /** `file` calls `serve` of worker.ts. Starts no thread: the first task does. */
  constructor(file: URL, { size, maxQueue }: PoolOptions) {
    for (const [name, value] of Object.entries({ size, maxQueue })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name} must be a whole number of at least 1, not ${value}`);
    }
    this.#file = file;
    this.#size = size;
    this.#maxQueue = maxQueue;
  }

  /**
   * Resolves with what the task returns for this input, in one of the threads; rejects with what it throws.
   * Rejects also with a `FullError`, a `TimeoutError`, an `ExitError` or the error that ended the thread, and with the
   * error of `postMessage` when the input cannot be copied. The input must not be changed before the promise settles.
   */
  run(input: I, { transfer = [], timeoutMs }: RunOptions = {}): Promise<O> {
    // TODO(human): 1. Post the input to a thread, and settle the promise with the Answer (worker.ts) that comes back.
    // Contract: invariants 1 and 2. (README: Task 1)
    // TODO(human): 2. At most `size` threads, at most `maxQueue` tasks that wait, and first come, first served.
    // Contract: invariants 3 to 5. (README: Task 2)
    // TODO(human): 3. A thread can end at any moment. Contract: invariants 6 and 7. (README: Task 3)
    // TODO(human): 4. The time of a task can be up, in a thread or before. Contract: invariant 8. (README: Task 4)
    throw new Error('TODO(human): post the input to a thread, and settle the promise with its answer');
  }

  /** Accepts nothing from now on, lets what was accepted come to its end, and ends the threads. Never rejects. */
  close(): Promise<void> {
    // TODO(human): 5. Refuse what comes from now on, wait for the last task, and end the threads.
    // Contract: invariant 9. (README: Task 5)
    throw new Error('TODO(human): refuse new tasks, wait for the last one, and end the threads');
  }
}
