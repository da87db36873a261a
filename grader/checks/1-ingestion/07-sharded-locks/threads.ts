/** Starts real threads, lets them begin together, and ends them in any case. */
import { Worker } from 'node:worker_threads';
import type { LimiterOptions } from '../../../../exercises/1-ingestion/07-sharded-locks/limiter.ts';

export type Job =
  /** Locks, adds one to the cell beside the lock, unlocks; so many times. */
  | { readonly kind: 'count'; readonly cells: Int32Array; readonly rounds: number }
  /** The same, but sleeps a little with the lock held, so that the others must wait. */
  | { readonly kind: 'hold'; readonly cells: Int32Array; readonly rounds: number; readonly holdMs: number }
  /** Calls `allow` for these ids in turn; reports how often it was true, or how many messages were sent meanwhile. */
  | {
      readonly kind: 'allow' | 'messages';
      readonly buffer: SharedArrayBuffer;
      readonly options: LimiterOptions;
      readonly ids: readonly string[];
      readonly calls: number;
      readonly now: number;
    };

export interface Outcome {
  /** What each thread reported; undefined when it was still at it at the end of the time. */
  readonly reports: (number | undefined)[];
}

/** A net, not a measure: threads that work are done long before. */
const NET_MS = 5_000;

/** `meanwhile` runs when all have begun. */
export async function runThreads(
  jobs: readonly Job[],
  meanwhile: () => Promise<void> = async () => {},
): Promise<Outcome> {
  // 1 is set when they may begin; 2 stays 0, and is slept on.
  const control = new Int32Array(new SharedArrayBuffer(16));
  const crew = jobs.map((job) => new Hand(job, control));
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.all(crew.map(({ ready }) => ready));
    Atomics.store(control, 1, 1);
    Atomics.notify(control, 1);
    const net = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, NET_MS);
    });
    await meanwhile();
    await Promise.race([net, Promise.all(crew.map(({ done }) => done))]);
    return { reports: crew.map(({ report }) => report) };
  } finally {
    clearTimeout(timer);
    await Promise.all(crew.map(({ worker }) => worker.terminate()));
  }
}

class Hand {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly done: Promise<void>;
  report: number | undefined;

  constructor(job: Job, control: Int32Array) {
    this.worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: { control, job } });
    const failed = new Promise<never>((_, reject) => this.worker.once('error', reject));
    const readied = new Promise<void>((resolve) => this.worker.once('message', () => resolve()));
    const reported = new Promise<void>((resolve) => {
      this.worker.on('message', (message: unknown) => {
        if (typeof message !== 'number') return;
        this.report = message;
        resolve();
      });
    });
    this.ready = Promise.race([readied, failed]);
    this.done = Promise.race([reported, failed]);
    // Nobody may be waiting for them when the other fails first.
    this.ready.catch(() => {});
    this.done.catch(() => {});
    failed.catch(() => {});
  }
}
