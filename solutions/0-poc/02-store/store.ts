/**
 * Writes metrics from a queue to a file: one JSON line each, many lines per write.
 *
 * One loop, one batch in flight: take a batch, append it, and take the next only when that one is written or given
 * up. The rest follows from this. Lines keep the queue's order, a retry cannot write anything twice, and once the
 * loop has ended nobody holds a metric any more: that is all that `stop` has to wait for.
 */
import type { Clock, FileH, Metric } from '../../kernel/index.ts';
import type { BoundedQueue } from '../01-queue/queue.ts';

/** How long to wait before each retry of a failed append. After the last one the batch is given up. */
const RETRY_DELAYS_MS = [100, 200, 400, 800];

const NEWLINE = 0x0a;

/**
 * One metric as one line of JSON, without the newline at its end.
 * Throws a `RangeError` when the value or the timestamp is not finite: JSON has no NaN and no Infinity.
 */
export function toLine(metric: Metric): string {
  const { name, value, timestamp, tags } = metric;
  // JSON.stringify would write null for these two, and nobody could tell later what the null had been.
  if (!Number.isFinite(value)) throw new RangeError(`${name}: JSON cannot hold the value ${value}`);
  if (!Number.isFinite(timestamp))
    throw new RangeError(`${name}: JSON cannot hold the timestamp ${timestamp}`);
  // Strings are safe: it escapes a newline as \n and half a surrogate pair as \udXXX. Absent tags are left out.
  return JSON.stringify({ name, value, timestamp, tags });
}

export class JsonlStore {
  readonly #file: FileH;
  readonly #queue: BoundedQueue<Metric>;
  readonly #clock: Clock;
  readonly #batch: number;
  /** Goes before the next line: a newline as long as the file ends in the middle of a line, whatever fails. */
  #separator = '';
  #loop: Promise<void> = Promise.resolve();
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
   * Looks at the end of the file, then begins to write in the background and returns. Call it once.
   * Rejects when the file cannot be read; nothing has begun then. A failed append is no reason to reject.
   */
  async start(): Promise<void> {
    if (await this.#endsInsideLine()) this.#separator = '\n';
    // Not awaited: the loop runs until the queue is closed and empty. It never rejects.
    this.#loop = this.#run();
  }

  /**
   * Closes the queue; resolves when all that it had accepted is written or given up, and the file is synced.
   * Called after `start` has resolved; a second call is harmless. Rejects when the sync fails.
   */
  async stop(): Promise<void> {
    this.#queue.close();
    await this.#loop;
    await this.#file.sync();
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = await this.#queue.take(this.#batch);
      if (batch.length === 0) return; // the queue is closed and empty
      const lines = this.#encode(batch);
      if (lines.length > 0) await this.#write(lines);
    }
  }

  /** One bad metric must not take the other ninety-nine with it. */
  #encode(batch: readonly Metric[]): string[] {
    const lines: string[] = [];
    for (const metric of batch) {
      try {
        lines.push(toLine(metric));
      } catch {
        this.#dropped++;
      }
    }
    return lines;
  }

  /** Appends the lines, again and again if need be, or gives them up. Never rejects. */
  async #write(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${this.#separator}${lines.join('\n')}\n`);
    for (const delay of [...RETRY_DELAYS_MS, undefined]) {
      try {
        await this.#file.append([bytes]);
        this.#written += lines.length;
        this.#separator = '';
        return;
      } catch {
        // The failed append left the file as it was, so the same bytes can be offered once more.
        if (delay !== undefined) await this.#clock.sleep(delay);
      }
    }
    this.#dropped += lines.length;
  }

  /** A crash may have cut the last line short. Glued to such a stump, the next line would be lost as well. */
  async #endsInsideLine(): Promise<boolean> {
    const size = await this.#file.size();
    if (size === 0) return false;
    const [last] = await this.#file.readAt(size - 1, 1);
    return last !== NEWLINE;
  }
}
