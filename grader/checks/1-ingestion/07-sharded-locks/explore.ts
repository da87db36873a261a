/**
 * Lets simulated threads run in every order in which they can run, one access to shared memory at a time.
 *
 * There are no real threads and no waiting: a thread is a function that is run again from its beginning for each step.
 * What its earlier accesses returned, and the memory as it was after each of them, is played back; the next access is
 * made for real, and then the function is left by a throw. So a thread's state is the list of what it has seen, states
 * can be compared and kept, and an order that goes wrong can be told step by step.
 */
import { Move } from './move.ts';
import { direct } from './stage.ts';
import {
  type Found,
  latin1,
  nameOf,
  type Play,
  type Problem,
  type State,
  type Story,
  type Thread,
} from './states.ts';

/** More accesses than this without sleeping is spinning. */
const MOST_TRIES = 120;

export class Explorer {
  readonly #play: Play;
  readonly #buffer: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #numbers = new Map<string, number>();
  #plain = false;
  #woken = 0;
  #timed = false;

  constructor(play: Play) {
    this.#play = play;
    this.#buffer = new SharedArrayBuffer(play.bytes);
    this.#bytes = new Uint8Array(this.#buffer);
  }

  /** All orders, shortest first; the first that goes wrong. */
  explore(): Found {
    return this.exploreFrom(this.start());
  }

  exploreFrom(state: State): Found {
    const { most = 12_000 } = this.#play;
    let edge = [state];
    const known = new Set<string>();
    while (edge.length > 0) {
      const next: State[] = [];
      for (const reached of edge) {
        const problem = this.#stuck(reached);
        if (problem !== undefined)
          return { states: known.size, plain: this.#plain, woken: this.#woken, timed: this.#timed, problem };
        for (const index of reached.threads.keys()) {
          if (reached.threads[index]?.status !== 'ready') continue;
          const after = this.step(reached, index);
          if ('problem' in after)
            return {
              states: known.size,
              plain: this.#plain,
              woken: this.#woken,
              timed: this.#timed,
              problem: after.problem,
            };
          const key = this.#keyOf(after);
          if (known.has(key)) continue;
          known.add(key);
          next.push(after);
        }
        if (known.size > most)
          return { states: known.size, plain: this.#plain, woken: this.#woken, timed: this.#timed };
      }
      edge = next;
    }
    return { states: known.size, plain: this.#plain, woken: this.#woken, timed: this.#timed };
  }

  start(): State {
    const threads = this.#play.programs.map(
      (): Thread => ({ steps: [], seen: 0, status: 'ready', at: -1, hasTimeout: false }),
    );
    return {
      memory: new Uint8Array(this.#play.bytes),
      threads,
      sleepers: [],
      told: [],
      story: undefined,
    };
  }

  /** Runs one thread alone until it sleeps or ends. */
  runAlone(given: State, index: number): State | { problem: Problem } {
    let state = given;
    while (state.threads[index]?.status === 'ready') {
      const after = this.step(state, index);
      if ('problem' in after) return after;
      state = after;
    }
    return state;
  }

  /** One access of one thread, and all that it does before it. */
  step(state: State, index: number): State | { problem: Problem } {
    const thread = state.threads[index];
    const program = this.#play.programs[index];
    if (thread === undefined || program === undefined) throw new Error(`there is no thread ${index}`);
    const move = new Move(state, index, thread.steps, this.#bytes);
    try {
      direct(
        (access, run) => move.access(access, run),
        () => program(this.#buffer, (text) => move.tell(text)),
      );
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('TODO(human)')) throw error;
      if (!move.isMade) {
        const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        const story = { line: `${nameOf(index)}  throws ${what}`, before: state.story };
        return this.#problem('threw', `${nameOf(index)} threw ${what}`, story);
      }
    }
    this.#plain ||= move.plain;
    this.#timed ||= move.after.hasTimeout;
    this.#woken = Math.max(this.#woken, move.woken);
    const seen = `${thread.seen}|${this.#unseen(state.memory)}|${String(move.result)}`;
    const steps = [...thread.steps, { memory: state.memory, result: move.result }];
    const next = move.outcome({ ...move.after, steps, seen: this.#number(seen) });
    if (steps.length > MOST_TRIES && move.after.status === 'ready') {
      const what = `${nameOf(index)} made ${MOST_TRIES} accesses without getting anywhere, and never slept`;
      return this.#problem('spins', what, next.story);
    }
    const wrong = next.told === state.told ? undefined : this.#play.judge(next.told, false);
    return wrong === undefined ? next : this.#problem('judge', wrong, next.story);
  }

  /** What is wrong with a state in which nobody can go on. */
  #stuck({ threads, told, story }: State): Problem | undefined {
    if (threads.some(({ status }) => status === 'ready')) return undefined;
    const asleep = threads.flatMap((thread, index) => (thread.status === 'asleep' ? [index] : []));
    if (asleep.length === 0) {
      const wrong = this.#play.judge(told, true);
      return wrong === undefined ? undefined : this.#problem('judge', wrong, story).problem;
    }
    const kind = asleep.some((index) => threads[index]?.hasTimeout) ? 'timeout' : 'asleep';
    const what = `${asleep.map(nameOf).join(' and ')} ${asleep.length > 1 ? 'sleep' : 'sleeps'}, and nobody is left to wake ${asleep.length > 1 ? 'them' : 'it'}`;
    return this.#problem(kind, what, story).problem;
  }

  #problem(kind: Problem['kind'], what: string, story: Story | undefined): { problem: Problem } {
    const lines: string[] = [];
    for (let at = story; at !== undefined; at = at.before) lines.unshift(at.line);
    const tail = kind === 'spins' ? 4 : 20;
    const gap = lines.length - 20 - tail;
    const told = gap > 0 ? [...lines.slice(0, 20), `   … ${gap} more …`, ...lines.slice(-tail)] : lines;
    return { problem: { kind, what, story: told } };
  }

  /** Who does the same is the same: it does not matter which of two alike threads is where. */
  #keyOf({ memory, threads, sleepers }: State): string {
    const all = threads.map(
      ({ seen, status, at }, index) => `${seen}${status[0]}${at}:${sleepers.indexOf(index)}`,
    );
    const { alike = false } = this.#play;
    return `${this.#number(latin1(memory))};${(alike ? all.sort() : all).join()}`;
  }

  #unseen(memory: Uint8Array): number {
    return this.#play.unseen === true ? this.#number(latin1(memory)) : 0;
  }

  /** A small number for a long text. */
  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size + 1);
    return this.#numbers.size;
  }
}
