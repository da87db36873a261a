/** Plays calls against the student's queue inside its own process, many of them within one turn of the event loop. */
import { createRng, student } from '../../../harness/driver.ts';

const { BoundedQueue } =
  await student<typeof import('../../../../exercises/0-poc/01-queue/queue.ts')>('queue.ts');

/** One call. `rest` lets everything happen that can happen without another call. */
export type Step = ['push', unknown] | ['take', number] | ['close'] | ['size'] | ['rest'];

/** What the calls of a play led to. A refusal is a string such as `RangeError: ...`. */
export interface History {
  readonly pushes: (boolean | string)[];
  /** The items of each take, or `still waiting` when its promise was open at the end. */
  readonly takes: (unknown[] | string)[];
  readonly sizes: number[];
  readonly closes: string[];
}

/** Plays the steps in order, without a pause except at `rest`. */
export async function play(capacity: number, steps: readonly Step[]): Promise<History> {
  const stage = new Stage(capacity);
  for (const step of steps) {
    if (step[0] === 'rest') await rest();
    else stage.perform(step);
  }
  await rest();
  return stage.result();
}

class Stage {
  readonly #queue: InstanceType<typeof BoundedQueue<unknown>>;
  readonly #history: History = { pushes: [], takes: [], sizes: [], closes: [] };
  #unwritten: Error | undefined;

  constructor(capacity: number) {
    this.#queue = new BoundedQueue<unknown>(capacity);
  }

  perform(step: Exclude<Step, ['rest']>): void {
    const { pushes, sizes, closes } = this.#history;
    switch (step[0]) {
      case 'push':
        pushes.push(this.#attempt(() => this.#queue.push(step[1])));
        break;
      case 'take':
        this.#take(step[1]);
        break;
      case 'size':
        sizes.push(this.#queue.size);
        break;
      case 'close':
        closes.push(this.#attempt(() => this.#queue.close()) ?? 'done');
        break;
    }
  }

  /** A stub that is not written yet is no wrong answer: craft has its own words for it. */
  result(): History {
    if (this.#unwritten !== undefined) throw this.#unwritten;
    return this.#history;
  }

  /** Keeps the very array that take() resolves with: were it still the queue's own, later pushes would show in it. */
  #take(max: number): void {
    const { takes } = this.#history;
    const index = takes.push('still waiting') - 1;
    const settle = (outcome: unknown[] | string): void => {
      takes[index] = outcome;
    };
    try {
      this.#queue.take(max).then(settle, (error: unknown) => settle(this.#refusal(error)));
    } catch (error) {
      settle(this.#refusal(error));
    }
  }

  #attempt<T>(call: () => T): T | string {
    try {
      return call();
    } catch (error) {
      return this.#refusal(error);
    }
  }

  #refusal(error: unknown): string {
    if (!(error instanceof Error)) return `threw ${String(error)}`;
    if (error.message.startsWith('TODO(human)')) this.#unwritten ??= error;
    return `${error.name}: ${error.message}`;
  }
}

/** A few turns of the event loop: promises resolve within one; a queue that wakes takers by setImmediate needs two. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** What a crowd of pushers and takers did. Items are numbered in the order in which push() accepted them. */
export interface Churn {
  readonly accepted: number;
  /** Without items: never answered, though the queue was closed. */
  readonly takes: { readonly max: number; readonly items?: number[] }[];
  readonly largestSize: number;
}

/** `count` takers of one take() each and as many items, mixed at random; a refused item is offered again later. */
export async function churn(seed: number, count: number, capacity: number): Promise<Churn> {
  const rng = createRng(seed);
  const queue = new BoundedQueue<number>(capacity);
  const takes: { max: number; items?: number[] }[] = [];
  const answers: Promise<void>[] = [];
  let accepted = 0;
  let largestSize = 0;
  const offer = (): void => {
    if (accepted < count && queue.push(accepted)) accepted++;
    largestSize = Math.max(largestSize, queue.size);
  };
  const ask = (): void => {
    const take: { max: number; items?: number[] } = { max: 1 + Math.floor(rng.next() * 4) };
    takes.push(take);
    answers.push(
      queue.take(take.max).then((items) => {
        take.items = items;
      }),
    );
  };
  // More offers than items, because some are refused.
  for (let step = 0; step < 20 * count && (accepted < count || takes.length < count); step++) {
    if (rng.next() < 0.5) offer();
    else if (takes.length < count) ask();
    if (rng.next() < 0.2) await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  queue.close();
  while (queue.size > 0 && takes.length < 20 * count) {
    ask();
    await rest();
  }
  await Promise.race([Promise.all(answers), rest()]);
  return { accepted, takes, largestSize };
}

/** How many timers and immediates appear while `count` takers wait, each at a queue of its own. */
export async function timersWhileWaiting(count: number): Promise<number> {
  const pending = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind === 'Immediate').length;
  await rest();
  const before = pending();
  const queues = Array.from({ length: count }, () => new BoundedQueue<number>(1));
  const takes = queues.map((queue) => queue.take(1));
  let most = 0;
  for (let turn = 0; turn < 5; turn++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    most = Math.max(most, pending() - before);
  }
  for (const queue of queues) queue.close();
  await Promise.race([Promise.all(takes), rest()]);
  return most;
}

/** Sends items through a queue that holds 1 to 501 of them, and is empty only at the end; returns how many came out. */
export async function soak(items: number): Promise<number> {
  const queue = new BoundedQueue<number>(1_000);
  let pushed = queue.push(0) ? 1 : 0;
  let taken = 0;
  while (pushed < items) {
    for (let i = 0; i < 500 && pushed < items; i++) if (queue.push(pushed)) pushed++;
    taken += (await queue.take(500)).length;
  }
  if (queue.size > 0) taken += (await queue.take(500)).length;
  return taken;
}

let full: InstanceType<typeof BoundedQueue<number>> | undefined;

/** Gate: a queue that holds `size` items. */
export function fill(size: number, seed: string): void {
  const first = Number.parseInt(seed, 16);
  full = new BoundedQueue<number>(size);
  for (let i = 0; i < size; i++) full.push(first + i);
}

/** Gate: takes them out one by one. The sum and the last one tell whether they all came. */
export async function drain(): Promise<{ count: number; sum: number; last: number | undefined }> {
  if (full === undefined) throw new Error('fill() comes first');
  let count = 0;
  let sum = 0;
  let last: number | undefined;
  while (full.size > 0) {
    for (const item of await full.take(1)) {
      count++;
      sum = (sum + item) % 1_000_003;
      last = item;
    }
  }
  return { count, sum, last };
}
