/**
 * Writes metrics from a queue to a file: one JSON line each, many lines per write.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import type { Clock, FileH, Metric } from '../../kernel/index.ts';
import type { BoundedQueue } from '../01-queue/queue.ts';

/**
 * One metric as one line of JSON, without the newline at its end.
 * Throws a `RangeError` when the value or the timestamp is not finite: JSON has no NaN and no Infinity.
 */
export function toLine(metric: Metric): string {
  // TODO(human): 1. Refuse what JSON cannot hold, then write the metric as one line.
  // Contract: invariants 1 and 2. (README: Task 1)
  throw new Error('TODO(human): write the metric as one line of JSON');
}

export class JsonlStore {
  readonly #file: FileH;
  readonly #queue: BoundedQueue<Metric>;
  readonly #clock: Clock;
  readonly #batch: number;
  #written = 0;
  #dropped = 0;

  /** `batch` is the most lines that one append may write. */
  constructor(file: FileH, queue: BoundedQueue<Metric>, clock: Clock, options: { batch?: number } = {}) {
    this.#file = file;
    this.#queue = queue;
    this.#clock = clock;
    this.#batch = options.batch ?? 100;
  }

  /** How many metrics are in the file, and how many were given up. */
  get stats(): { written: number; dropped: number } {
    return { written: this.#written, dropped: this.#dropped };
  }

  /**
   * Looks at the end of the file, then begins to write in the background and returns. Called once.
   * Rejects when the file cannot be read; nothing has begun then. A failed append is no reason to reject.
   */
  async start(): Promise<void> {
    // TODO(human): 2. Start a loop that takes a batch and appends it, and do not wait for that loop here.
    // Contract: invariant 3. (README: Task 2)
    // TODO(human): 3. In the loop: a failed append is tried again, a bad metric is dropped alone.
    // Contract: invariant 4. (README: Task 3)
    // TODO(human): 4. Before the loop: does the file end in the middle of a line? Keep the next line apart.
    // Contract: invariant 5. (README: Task 4)
    throw new Error('TODO(human): start the loop that writes in the background');
  }

  /**
   * Closes the queue; resolves when all that it had accepted is written or given up, and the file is synced.
   * Called after `start` has resolved; a second call is harmless. Rejects when the sync fails.
   */
  async stop(): Promise<void> {
    // TODO(human): 2. Close the queue, wait until the loop has nothing left, then sync the file.
    // Contract: invariant 6. (README: Task 2)
    throw new Error('TODO(human): write what is left, then stop');
  }
}
