/** What threads and driver share of a play: a few numbers for each task, which all of them see at once. */

/** Numbers of one task. */
const PER_TASK = 5;
/** Numbers of the whole play, before those of the tasks. */
const HEAD = 4;

const field = { started: 0, order: 1, released: 2, posted: 3, thread: 4 } as const;
const head = { order: 0, running: 1, mostRunning: 2, mostInThread: 3 } as const;

/** The longest that a task of a check waits: then the check has failed anyway. */
export const PATIENCE_MS = 8_000;

export class Board {
  readonly #cells: Int32Array;

  /** Over what another thread has sent, or a new one. */
  constructor(tasks: number | Int32Array) {
    this.#cells =
      typeof tasks === 'number'
        ? new Int32Array(new SharedArrayBuffer(4 * (HEAD + PER_TASK * tasks)))
        : tasks;
  }

  get cells(): Int32Array {
    return this.#cells;
  }

  #get(task: number, name: keyof typeof field): number {
    return Atomics.load(this.#cells, HEAD + PER_TASK * task + field[name]);
  }

  #set(task: number, name: keyof typeof field, value: number): void {
    const index = HEAD + PER_TASK * task + field[name];
    Atomics.store(this.#cells, index, value);
    Atomics.notify(this.#cells, index);
  }

  /** A task begins in a thread that performs `inThread` tasks now, this one included. */
  begin(task: number, thread: number, inThread: number): void {
    this.#set(task, 'order', Atomics.add(this.#cells, head.order, 1) + 1);
    this.#set(task, 'thread', thread);
    raise(this.#cells, head.mostRunning, Atomics.add(this.#cells, head.running, 1) + 1);
    raise(this.#cells, head.mostInThread, inThread);
    Atomics.add(this.#cells, HEAD + PER_TASK * task + field.started, 1);
  }

  end(): void {
    Atomics.sub(this.#cells, head.running, 1);
  }

  /** How often it was started. */
  started(task: number): number {
    return this.#get(task, 'started');
  }

  /** Whose turn it was: 1 for the first task that was started, 0 for one that was not. */
  order(task: number): number {
    return this.#get(task, 'order');
  }

  thread(task: number): number {
    return this.#get(task, 'thread');
  }

  release(task: number): void {
    this.#set(task, 'released', 1);
  }

  isReleased(task: number): boolean {
    return this.#get(task, 'released') === 1;
  }

  /** Blocks the thread until the task is released. */
  awaitRelease(task: number): void {
    Atomics.wait(this.#cells, HEAD + PER_TASK * task + field.released, 0, PATIENCE_MS);
  }

  /** The task's answer has been posted. */
  post(task: number): void {
    this.#set(task, 'posted', 1);
  }

  /** Blocks the thread until it has, but no longer than `ms`. */
  awaitPosted(task: number, ms: number): void {
    Atomics.wait(this.#cells, HEAD + PER_TASK * task + field.posted, 0, ms);
  }

  /** The most tasks that one thread had at a time. */
  get mostInThread(): number {
    return Atomics.load(this.#cells, head.mostInThread);
  }
}

function raise(cells: Int32Array, index: number, value: number): void {
  for (let seen = Atomics.load(cells, index); seen < value; ) {
    const found = Atomics.compareExchange(cells, index, seen, value);
    if (found === seen) return;
    seen = found;
  }
}
