/** Plays a script against the student's pool, with tasks that wait, throw and end their threads as the script says. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { student } from '../../../harness/driver.ts';
import { Board } from './board.ts';
import type { Order } from './tasks.ts';
import { countThreads, countTimers, endThreads, type ThreadCounts } from './threads.ts';

const { WorkerPool } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/pool.ts')>('pool.ts');

export interface PlannedTask {
  readonly kind: string;
  readonly timeoutMs?: number;
}

export type Step =
  /** Calls `run` for each, one after another, without waiting. */
  | ['run', PlannedTask[]]
  /** Waits until so many tasks have started. */
  | ['started', number]
  /** Lets these tasks go on. */
  | ['release', number[]]
  /** Waits until these have their answers; all when none is named. */
  | ['settled', number[]]
  /** Waits until so many threads have exited. */
  | ['ended', number]
  /** Releases a task and does nothing else until it has answered and its time is up too. */
  | ['block', number]
  | ['close']
  /** Waits until the last `close` has resolved. */
  | ['closed']
  /** Lets the event loop turn a few times. */
  | ['turn']
  | ['report'];

export interface PlayOptions {
  readonly size: number;
  readonly maxQueue: number;
  /** The threads' file, from this folder. */
  readonly file: string;
  /** Calls of `run`, or of `close`, in the moment in which a task is answered: its number, and what follows. */
  readonly next?: readonly (readonly [number, readonly PlannedTask[]])[];
  /** Waits long also after an earlier play has failed: one that takes its time must not fail with it. */
  readonly isLong?: boolean;
}

/** What can be seen from outside at one moment. */
export interface Report {
  /** For each task what its promise did: `waiting`, what it resolved with, `rejected: <why>`, `threw: <why>`. */
  readonly answers: unknown[];
  /** How often each was started, and in which turn (from 1; 0 is never). */
  readonly started: number[];
  readonly order: number[];
  /** Which thread performed it. */
  readonly thread: number[];
  /** Bytes that the caller's buffer has left, where it was moved; -1 where there was none. */
  readonly left: number[];
  readonly closes: string[];
  readonly samePromise: boolean;
  /** Threads that lived in the moment in which a call of close resolved; the most of all calls. */
  readonly aliveAtClose: number;
  readonly threads: ThreadCounts;
  readonly mostInThread: number;
  /** Timers that run because of the pool. */
  readonly timers: number;
}

const MOST_TASKS = 512;
/** A wait that takes longer has failed. Those that follow are shorter, or a pool that never answers takes minutes. */
const FIRST_WAIT_MS = 5_000;
let waitMs = FIRST_WAIT_MS;
const WAIT_AGAIN_MS = 600;
const SHORT_MS = 100;

export async function play(options: PlayOptions, steps: readonly Step[]): Promise<Report[]> {
  const stage = new Stage(options);
  const reports: Report[] = [];
  try {
    for (const step of steps) {
      if (step[0] === 'report') reports.push(stage.report());
      else await stage.perform(step);
    }
    reports.push(stage.report());
  } finally {
    await stage.end();
  }
  return reports;
}

class Stage {
  readonly #timersBefore = countTimers();
  readonly #board = new Board(MOST_TASKS);
  readonly #pool: InstanceType<typeof WorkerPool<Order, unknown>>;
  readonly #next: Map<number, readonly PlannedTask[]>;
  readonly #answers: unknown[] = [];
  readonly #buffers: (ArrayBuffer | undefined)[] = [];
  readonly #closes: string[] = [];
  readonly #closePromises = new Set<unknown>();
  #aliveAtClose = 0;
  #waitMs: number;
  #unwritten: Error | undefined;

  constructor({ size, maxQueue, file, next = [], isLong = false }: PlayOptions) {
    this.#waitMs = isLong ? FIRST_WAIT_MS : waitMs;
    this.#pool = new WorkerPool(new URL(file, import.meta.url), { size, maxQueue });
    this.#next = new Map(next);
  }

  async perform(step: Exclude<Step, ['report']>): Promise<void> {
    switch (step[0]) {
      case 'run':
        for (const task of step[1]) this.#run(task);
        break;
      case 'started':
        return this.#until(
          () => this.#answers.filter((_, i) => this.#board.started(i) > 0).length >= step[1],
        );
      case 'release':
        for (const task of step[1]) this.#board.release(task);
        break;
      case 'settled':
        return this.#until(() =>
          this.#answers.every(
            (answer, i) => answer !== 'waiting' || (step[1].length > 0 && !step[1].includes(i)),
          ),
        );
      case 'ended':
        return this.#until(() => countThreads().created - countThreads().alive >= step[1]);
      case 'block': {
        const until = performance.now() + 220;
        this.#board.release(step[1]);
        this.#board.awaitPosted(step[1], 1_000);
        while (performance.now() < until);
        break;
      }
      case 'close':
        this.#close();
        break;
      case 'closed':
        return this.#until(() => this.#closes.at(-1) !== 'waiting');
      case 'turn':
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
        break;
    }
  }

  report(): Report {
    // Not a wrong answer but no answer yet: craft has its own words for that.
    if (this.#unwritten !== undefined) throw this.#unwritten;
    const each = <T>(look: (index: number) => T): T[] => this.#answers.map((_, index) => look(index));
    return {
      answers: [...this.#answers],
      started: each((index) => this.#board.started(index)),
      order: each((index) => this.#board.order(index)),
      thread: each((index) => this.#board.thread(index)),
      left: each((index) => this.#buffers[index]?.byteLength ?? -1),
      closes: [...this.#closes],
      samePromise: this.#closePromises.size <= 1,
      aliveAtClose: this.#aliveAtClose,
      threads: countThreads(),
      mostInThread: this.#board.mostInThread,
      timers: Math.max(0, countTimers() - this.#timersBefore),
    };
  }

  /** Leaves no thread and no task behind. */
  async end(): Promise<void> {
    this.#next.clear();
    for (let task = 0; task < MOST_TASKS; task++) this.#board.release(task);
    if (this.#closes.length === 0) this.#close();
    await endThreads();
  }

  #run({ kind, timeoutMs }: PlannedTask): void {
    const index = this.#answers.push('waiting') - 1;
    const order: Order = { kind, name: nameOf(index), index, cells: this.#board.cells };
    const { input, transfer } = this.#pack(order, index);
    const options = {
      ...(transfer === undefined ? {} : { transfer }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    const answer = (outcome: unknown): void => {
      this.#answers[index] = outcome;
      for (const task of this.#next.get(index) ?? []) {
        if (task.kind === 'close') this.#close();
        else this.#run(task);
      }
    };
    let verb = 'threw';
    const call = start(() => {
      const promise = this.#pool.run(input, options);
      verb = 'rejected';
      return promise;
    });
    call.then(
      (output) => answer(plain(output)),
      (error: unknown) => {
        this.#notice(error);
        answer(`${verb}: ${why(error)}`);
      },
    );
  }

  /** The input of some kinds has something that is moved, or that cannot be copied. */
  #pack(order: Order, index: number): { input: Order; transfer?: (ArrayBuffer | MessagePort)[] } {
    if (order.kind === 'function') return { input: { ...order, call: () => {} } as Order };
    if (order.kind === 'port') {
      const { port1: port } = new MessageChannel();
      return { input: { ...order, port }, transfer: [port] };
    }
    if (!order.kind.startsWith('bytes')) return { input: order };
    const bytes = new Uint8Array(1_000).fill(1);
    this.#buffers[index] = bytes.buffer;
    const input = { ...order, kind: 'bytes', bytes };
    if (order.kind === 'bytes-copied') return { input };
    // The same buffer twice cannot be moved.
    if (order.kind === 'bytes-twice') return { input, transfer: [bytes.buffer, bytes.buffer] };
    return { input, transfer: [bytes.buffer] };
  }

  #close(): void {
    const index = this.#closes.push('waiting') - 1;
    const call = start(() => {
      const promise = this.#pool.close();
      this.#closePromises.add(promise);
      return promise;
    });
    call.then(
      () => {
        this.#closes[index] = 'resolved';
        this.#aliveAtClose = Math.max(this.#aliveAtClose, countThreads().alive);
      },
      (error: unknown) => {
        this.#notice(error);
        this.#closes[index] = `rejected: ${why(error)}`;
      },
    );
  }

  #notice(error: unknown): void {
    if (error instanceof Error && error.message.startsWith('TODO(human)')) this.#unwritten ??= error;
  }

  /** Asks again until it is so. Once something did not happen, there is no point in waiting long for the rest. */
  async #until(isSo: () => boolean): Promise<void> {
    const end = performance.now() + this.#waitMs;
    while (!isSo() && this.#unwritten === undefined) {
      if (performance.now() > end) {
        waitMs = WAIT_AGAIN_MS;
        this.#waitMs = SHORT_MS;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** `a` to `z`, then `t27` and so on. */
export function nameOf(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `t${index + 1}`;
}

/**
 * A throw becomes a rejection. A promise is returned as it is: with another around it, its caller would hear of the
 * answer some microtasks late, and the pool would have had them to free the thread.
 */
function start<T>(call: () => Promise<T>): Promise<T> {
  try {
    const promise = call();
    return promise instanceof Promise ? promise : Promise.resolve(promise);
  } catch (error) {
    return Promise.reject(error);
  }
}

function why(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return `${typeof error} ${String(error)}`;
}

/** An error that was returned, and not thrown, must be told from one that was. */
function plain(output: unknown): unknown {
  return output instanceof Error ? `returned ${why(output)}` : output;
}
