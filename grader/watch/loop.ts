/**
 * The loop of `craft watch`: saves and keys come in, runs and screens go out. It owns the rules: one run at a time,
 * a save during a run is followed by another run, success never moves on by itself, `q` works at any time.
 */

import type { RunningAt } from '../actions/running.ts';
import { CraftError } from '../core/errors.ts';
import type { Exercise, Only } from '../core/types.ts';
import type { AttemptView, ExerciseLabel, View } from '../report/views.ts';
import { keysOf, type WatchState } from '../report/watch.ts';

/** What the loop can do to the world; the tests bring their own. */
export interface WatchPorts {
  /** Runs the pipeline. Rejects with INTERRUPTED after the signal. */
  run(
    exercise: Exercise,
    only: Only | undefined,
    signal: AbortSignal,
    onProgress: (at: RunningAt) => void,
  ): Promise<AttemptView>;
  /** A short bench of the exercise's server. Rejects with INTERRUPTED after the signal. */
  bench(exercise: Exercise, signal: AbortSignal, onProgress: (at: RunningAt) => void): Promise<View>;
  /** Whether the exercise has its mark, and which one `n` goes to. */
  standing(exercise: Exercise): Promise<{ passed: boolean; next: Exercise | null }>;
  hint(exercise: Exercise): Promise<View>;
  list(): Promise<View>;
  reset(exercise: Exercise): Promise<View>;
  /** Makes the exercise the current one, watches its folder, and gives its lesson. */
  enter(exercise: Exercise): Promise<View>;
  show(state: WatchState): void;
}

export class WatchLoop {
  readonly #ports: WatchPorts;
  #exercise: Exercise;
  #state: WatchState;
  /** The run in progress. */
  #run: AbortController | null = null;
  /** Something was saved since the run in progress began. */
  #stale = false;
  /** Views to keep above the next verdict, e.g. where a reset put the old text. */
  #carry: View[] = [];
  #busy: Promise<void> = Promise.resolve();
  #quitting = false;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | null = null;

  constructor(exercise: Exercise, ports: WatchPorts) {
    this.#ports = ports;
    this.#exercise = exercise;
    this.#state = fresh(exercise);
  }

  /** Runs once, then waits; resolves when the student quits, rejects on a bug. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#begin(undefined);
    });
  }

  /** A file of the exercise was saved. */
  saved(): void {
    if (this.#quitting) return;
    if (this.#run === null && this.#state.phase !== 'running') {
      this.#begin(undefined);
      return;
    }
    this.#stale = true;
    // A gate or a bench takes long and would measure text that is gone already.
    const stage = this.#state.running?.stage;
    if (stage === 'gate' || stage === 'bench') this.#run?.abort();
  }

  /** A key was pressed. Keys that are not shown do nothing. */
  key(key: string): void {
    if (key === '\u0003' || key === '\u0004') this.quit();
    if (this.#quitting || !keysOf(this.#state).some((shown) => shown.key === key)) return;
    if (this.#state.phase === 'confirming reset') {
      if (key === 'y') this.#do(() => this.#reset());
      else this.#set({ phase: 'waiting' });
    } else if (key === 'q') this.quit();
    else if (key === 'v') this.#begin(undefined);
    else if (key === 'g') this.#begin('gate');
    else if (key === 'b') this.#beginBench();
    else if (key === 'h') this.#do(async () => this.#set({ body: [await this.#ports.hint(this.#exercise)] }));
    else if (key === 'l') this.#do(async () => this.#set({ body: [await this.#ports.list()] }));
    else if (key === 'r') this.#set({ phase: 'confirming reset' });
    else if (key === 'n') this.#do(() => this.#next());
  }

  /** Stops the run in progress, if any, and ends the loop after it. */
  quit(): void {
    if (this.#quitting) return;
    this.#quitting = true;
    this.#run?.abort();
    this.#busy.then(
      () => this.#settle?.resolve(),
      (error: unknown) => this.#settle?.reject(error),
    );
  }

  #begin(only: Only | undefined): void {
    if (this.#quitting) return;
    this.#stale = false;
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#set({ phase: 'running', running: { stage: only === 'gate' ? 'gate' : 'compile', detail: '' } });
    this.#do(() => this.#verify(only, signal));
  }

  async #verify(only: Only | undefined, signal: AbortSignal): Promise<void> {
    try {
      const view = await this.#ports.run(this.#exercise, only, signal, (running) => this.#set({ running }));
      const standing = await this.#ports.standing(this.#exercise);
      this.#run = null;
      const body = [...this.#carry, { view: 'attempt', data: view } as const];
      this.#carry = [];
      this.#set({ ...settled, ...labelled(standing), attempt: view.attempt, body });
    } catch (error) {
      this.#run = null;
      this.#set({ ...settled, ...(signal.aborted ? {} : { body: [errorView(error)] }) });
    }
    if (this.#stale) this.#begin(undefined);
  }

  #beginBench(): void {
    this.#stale = false;
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#set({ phase: 'running', running: { stage: 'bench', detail: '' } });
    this.#do(() => this.#bench(signal));
  }

  async #bench(signal: AbortSignal): Promise<void> {
    try {
      const view = await this.#ports.bench(this.#exercise, signal, (running) => this.#set({ running }));
      this.#run = null;
      this.#set({ ...settled, body: [view] });
    } catch (error) {
      this.#run = null;
      this.#set({ ...settled, ...(signal.aborted ? {} : { body: [errorView(error)] }) });
    }
    if (this.#stale) this.#begin(undefined);
  }

  async #reset(): Promise<void> {
    this.#set({ phase: 'waiting' });
    const view = await this.#ports.reset(this.#exercise);
    // The watcher reports the stub as a save: its verdict must not wipe out where the old text is.
    this.#carry = [view];
    this.#set({ body: [view] });
  }

  async #next(): Promise<void> {
    const { passed, next } = await this.#ports.standing(this.#exercise);
    if (!passed || next === null) return;
    this.#exercise = next;
    const lesson = await this.#ports.enter(next);
    this.#state = fresh(next);
    this.#set({ ...labelled(await this.#ports.standing(next)), body: [lesson] });
  }

  /** One thing after the other; an error of ours that the table knows is shown, any other ends the loop. */
  #do(work: () => Promise<void>): void {
    this.#busy = this.#busy.then(async () => {
      try {
        await work();
      } catch (error) {
        this.#set({ ...settled, body: [errorView(error)] });
      }
    });
    this.#busy.catch((error: unknown) => this.#settle?.reject(error));
  }

  #set(change: Partial<WatchState>): void {
    this.#state = { ...this.#state, ...change };
    if (!this.#quitting) this.#ports.show(this.#state);
  }
}

const settled = { phase: 'waiting', running: null } as const;

function fresh(exercise: Exercise): WatchState {
  const base = { exercise: label(exercise), attempt: null, next: null, passed: false, body: [] };
  return { ...base, serves: exercise.serves !== undefined, ...settled };
}

function labelled({
  passed,
  next,
}: {
  passed: boolean;
  next: Exercise | null;
}): Pick<WatchState, 'passed' | 'next'> {
  return { passed, next: next === null ? null : label(next) };
}

function label({ id, number, title }: Exercise): ExerciseLabel {
  return { id, number, title };
}

function errorView(error: unknown): View {
  if (!(error instanceof CraftError)) throw error;
  return {
    view: 'error',
    data: { schema: 1, error: { code: error.code, message: error.message, exitCode: 2 } },
  };
}
