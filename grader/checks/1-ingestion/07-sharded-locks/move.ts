/** One step of one thread: what it has seen is played back, then one access is made, and the thread is left by a throw. */
import type { Access } from './stage.ts';
import { nameOf, type State, type Step, type Thread, textOf } from './states.ts';

/** Left by this when a thread has made its step. */
const PAUSE = Symbol('pause');

export class Move {
  /** What becomes of the thread: it has ended unless it makes an access. */
  after: Pick<Thread, 'status' | 'at' | 'hasTimeout'> = { status: 'done', at: -1, hasTimeout: false };
  /** What the access returned. */
  result: unknown;
  /** Whether it was one without Atomics. */
  plain = false;
  /** How many threads it woke. */
  woken = 0;
  readonly #state: State;
  readonly #index: number;
  readonly #seen: readonly Step[];
  readonly #bytes: Uint8Array;
  readonly #threads: Thread[];
  #sleepers: readonly number[];
  #told: readonly string[];
  #line = 'ends';
  /** The memory after the access. */
  #memory: Uint8Array | undefined;
  #cursor = 0;

  /** `bytes` is the memory that the thread will work on. */
  constructor(state: State, index: number, seen: readonly Step[], bytes: Uint8Array) {
    this.#state = state;
    this.#index = index;
    this.#seen = seen;
    this.#bytes = bytes;
    this.#threads = [...state.threads];
    this.#sleepers = state.sleepers;
    this.#told = state.told;
    bytes.set(seen[0]?.memory ?? state.memory);
  }

  get isMade(): boolean {
    return this.#memory !== undefined;
  }

  /** The state behind the step, with this thread as it is then. */
  outcome(thread: Thread): State {
    this.#threads[this.#index] = thread;
    return {
      memory: this.#memory ?? this.#bytes.slice(),
      threads: this.#threads,
      sleepers: this.#sleepers,
      told: this.#told,
      story: { line: `${nameOf(this.#index)}  ${this.#line}`, before: this.#state.story },
    };
  }

  tell(text: string): void {
    this.#turn(() => {
      this.#line = text;
      this.#told = [...this.#told, `${nameOf(this.#index)}: ${text}`];
    });
  }

  access(given: Access, run: () => unknown): unknown {
    return this.#turn(() => {
      if (given.kind === 'wait') this.#wait(given);
      else if (given.kind === 'notify') this.#notify(given);
      else {
        this.plain = given.kind === 'read' || given.kind === 'write';
        this.result = run();
        this.#line = `${textOf(given)} = ${given.kind === 'write' ? 'done' : String(this.result)}`;
      }
    });
  }

  /** Returns what the thread has seen already; makes what it has not. */
  #turn(make: () => void): unknown {
    if (this.isMade) throw PAUSE; // a finally on the way out
    const seen = this.#seen[this.#cursor++];
    if (seen !== undefined) {
      this.#bytes.set(this.#seen[this.#cursor]?.memory ?? this.#state.memory);
      return seen.result;
    }
    this.after = { status: 'ready', at: -1, hasTimeout: false };
    make();
    this.#memory = this.#bytes.slice();
    throw PAUSE;
  }

  #wait(given: Access): void {
    const [value, timeout] = given.args;
    const isSame = given.cells[given.index] === value;
    this.#line = `${textOf(given)} ${isSame ? 'sleeps' : '= not-equal'}`;
    this.result = isSame ? 'ok' : 'not-equal';
    if (!isSame) return;
    const hasTimeout = timeout !== undefined && Number(timeout) < Number.POSITIVE_INFINITY;
    this.after = { status: 'asleep', at: given.at, hasTimeout };
    this.#sleepers = [...this.#sleepers, this.#index];
  }

  /** Those who sleep longest are woken first, as JavaScript promises. */
  #notify(given: Access): void {
    const count = given.args[0] === undefined ? Number.POSITIVE_INFINITY : Number(given.args[0]);
    const woken = this.#sleepers.filter((sleeper) => this.#threads[sleeper]?.at === given.at).slice(0, count);
    this.#sleepers = this.#sleepers.filter((sleeper) => !woken.includes(sleeper));
    for (const sleeper of woken) {
      const asleep = this.#threads[sleeper];
      if (asleep !== undefined) this.#threads[sleeper] = { ...asleep, status: 'ready', at: -1 };
    }
    this.result = woken.length;
    this.woken = woken.length;
    this.#line = `${textOf(given)} wakes ${woken.length === 0 ? 'nobody' : woken.map(nameOf).join(', ')}`;
  }
}
