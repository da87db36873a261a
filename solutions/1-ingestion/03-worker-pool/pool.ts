/**
 * Computes in other threads, so that the event loop stays free.
 *
 * The pool is `size` lanes and one queue. A lane takes a task, lets its thread perform it, answers, and takes the next;
 * for ever, or until the queue is closed and empty. Nearly every promise of the pool follows from that shape: a lane
 * has one thread, so there are never more than `size`; it takes one task at a time, in the order of the queue; who
 * wants to know that all is done waits for the lanes to end.
 *
 * A thread can end in the middle of its task, and the two are answered for separately: the task is rejected, once and
 * for all, since nobody knows how far it came; the lane starts another thread when its next task is there.
 */

import type { TransferListItem } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import { BoundedQueue } from '../../0-poc/01-queue/queue.ts';
import { type Cancel, realClock } from '../../kernel/index.ts';
import type { Answer } from './worker.ts';

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
  readonly #waiting: BoundedQueue<Task<I, O>>;
  readonly #lanes: readonly Promise<void>[];
  #closing: Promise<void> | undefined;

  /** `file` calls `serve` of worker.ts. Starts no thread: the first task does. */
  constructor(file: URL, { size, maxQueue }: PoolOptions) {
    for (const [name, value] of Object.entries({ size, maxQueue })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name} must be a whole number of at least 1, not ${value}`);
    }
    this.#file = file;
    this.#waiting = new BoundedQueue(maxQueue);
    this.#lanes = Array.from({ length: size }, () => this.#lane());
  }

  /**
   * Resolves with what the task returns for this input, in one of the threads; rejects with what it throws.
   * Rejects also with a `FullError`, a `TimeoutError`, an `ExitError` or the error that ended the thread, and with the
   * error of `postMessage` when the input cannot be copied. The input must not be changed before the promise settles.
   */
  run(input: I, { transfer = [], timeoutMs }: RunOptions = {}): Promise<O> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the pool is closed'));
    return new Promise((resolve, reject) => {
      const task = new Task<I, O>(input, transfer, resolve, reject);
      // A lane that is free gets it at once, also while its thread is still starting: then it does not wait.
      if (!this.#waiting.push(task)) {
        reject(new FullError(`${this.#waiting.capacity} tasks wait already`));
        return;
      }
      if (timeoutMs !== undefined) task.limit(timeoutMs);
    });
  }

  /** Accepts nothing from now on, lets what was accepted come to its end, and ends the threads. Never rejects. */
  close(): Promise<void> {
    // Not `async`: that would make a new promise of each call.
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    this.#waiting.close();
    await Promise.all(this.#lanes);
  }

  async #lane(): Promise<void> {
    let thread: Thread<I, O> | undefined;
    for (;;) {
      const [task] = await this.#waiting.take(1);
      if (task === undefined) break; // closed, and nothing waits
      // A thread that is ending cannot take the task, and until it has ended it counts.
      if (thread?.isEnding === true) await thread.ended;
      if (task.isAnswered) continue; // its time was up while it waited
      let answer: Answer<O>;
      try {
        if (thread === undefined || thread.isEnding) thread = new Thread(this.#file);
        answer = await thread.perform(task);
      } catch (error) {
        answer = { ok: false, error };
      }
      // Who is answered may call `run` at once and must find this lane free. It is: no `await` lies between here and
      // `take`, so the lane stands in the line of the queue before anybody else has a turn.
      task.settle(answer);
    }
    await thread?.end();
  }
}

/** An input, and the two ends of the promise that its owner holds. */
class Task<I, O> {
  readonly input: I;
  readonly transfer: readonly TransferListItem[];
  readonly #resolve: (output: O) => void;
  readonly #reject: (error: unknown) => void;
  #isAnswered = false;
  #stopTimer: Cancel | undefined;
  /** The thread that performs it. */
  thread: Thread<I, O> | undefined;

  constructor(
    input: I,
    transfer: readonly TransferListItem[],
    resolve: (output: O) => void,
    reject: (error: unknown) => void,
  ) {
    this.input = input;
    this.transfer = transfer;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** When the time is up the caller is answered, wherever the task is; a thread that has it computes for nobody. */
  limit(timeoutMs: number): void {
    this.#stopTimer = realClock.timer(timeoutMs, () => {
      this.settle({ ok: false, error: new TimeoutError(`no answer within ${timeoutMs} ms`) });
      void this.thread?.end();
    });
  }

  /** Only the first answer counts: a promise settles once. */
  settle(answer: Answer<O>): void {
    this.#isAnswered = true;
    this.#stopTimer?.(); // or the timer keeps the task, and the process, until it fires
    if (answer.ok) this.#resolve(answer.output);
    else this.#reject(answer.error);
  }
}

/** One worker, for as long as it lives. Its three listeners are set once, not once for each task. */
class Thread<I, O> {
  readonly #worker: Worker;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  #isEnding = false;
  /** Takes the answer to the task that the thread has. */
  #finish: (answer: Answer<O>) => void = () => {};

  constructor(file: URL) {
    this.#worker = new Worker(file);
    let failure: { readonly error: unknown } | undefined;
    this.#worker.on('message', (answer: Answer<O>) => this.#finish(answer));
    // Without this listener the error would be thrown in the main thread, and end the process.
    this.#worker.on('error', (error: unknown) => {
      this.#isEnding = true;
      failure = { error };
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#isEnding = true;
        const { error } = failure ?? { error: new ExitError(`the thread ended with exit code ${code}`) };
        this.#finish({ ok: false, error });
        resolve();
      });
    });
  }

  /** Whether it can take no more tasks. One that was told to end may still deliver an answer. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * Resolves when the thread has answered, or is gone: then with the reason. Rejects when the input cannot be copied:
   * then the thread has not seen it, and is free.
   */
  async perform(task: Task<I, O>): Promise<Answer<O>> {
    this.#worker.postMessage(task.input, task.transfer);
    task.thread = this;
    const answer = await new Promise<Answer<O>>((resolve) => {
      this.#finish = resolve;
    });
    task.thread = undefined;
    return answer;
  }

  /** Resolves when it is gone. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }
}
