/** Grades cells with some judges at once. A judge that fails is replaced; its cell is tried again, twice at most. */
import { CraftError } from '../../core/errors.ts';
import { GraderFault, type Judge } from './judgeprocess.ts';
import type { JudgeTask } from './protocol.ts';
import type { Observation } from './score.ts';
import type { Turns } from './turns.ts';

/** Once, and twice again. */
const mostAttempts = 3;
/** A judge is replaced after so many cells, so that what it has kept does not grow with the class. */
const mostCells = 100;

/** How the judging of one cell has ended. */
export type Judged = {
  readonly startedAt: Date;
  readonly ms: number;
  readonly attempts: number;
} & ({ readonly observation: Observation } | { readonly graderError: string });

export interface PoolOptions<C> {
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly turns: Turns;
  startJudge(slot: number): Judge;
  /** Lays out what the judge needs for a cell. */
  prepare(cell: C, slot: number): Promise<{ task: JudgeTask; done(): Promise<void> }>;
  /** Called once for each cell. What it throws ends the pool. */
  onJudged(cell: C, judged: Judged): void;
}

/** Rejects with INTERRUPTED when the signal is aborted; every judge has ended by then. */
export async function judgeAll<C>(cells: readonly C[], options: PoolOptions<C>): Promise<void> {
  const left = [...cells];
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const slots = Array.from({ length: Math.min(options.jobs, left.length) }, (_, slot) =>
    new Slot({ ...options, signal }, slot).work(left).catch((error: unknown) => {
      broken.abort();
      throw error;
    }),
  );
  const ended = await Promise.allSettled(slots);
  if (options.signal.aborted) throw new CraftError('INTERRUPTED');
  // The others were interrupted by the first one's failure.
  const failures = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const first = failures.find((error) => !isInterruption(error)) ?? failures[0];
  if (first !== undefined) throw first;
}

function isInterruption(error: unknown): boolean {
  return error instanceof CraftError && error.code === 'INTERRUPTED';
}

class Slot<C> {
  readonly #options: PoolOptions<C>;
  readonly #slot: number;
  #judge: Judge | undefined;
  #cells = 0;

  constructor(options: PoolOptions<C>, slot: number) {
    this.#options = options;
    this.#slot = slot;
  }

  async work(left: C[]): Promise<void> {
    const { signal, turns, onJudged } = this.#options;
    try {
      for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
        if (signal.aborted) throw new CraftError('INTERRUPTED');
        const mine = cell;
        onJudged(mine, await turns.during(() => this.#grade(mine)));
      }
    } finally {
      await this.#judge?.close();
    }
  }

  async #grade(cell: C): Promise<Judged> {
    const startedAt = new Date();
    const began = performance.now();
    let graderError = '';
    for (let attempts = 1; attempts <= mostAttempts; attempts++) {
      const result = await this.#try(cell);
      const about = { startedAt, ms: Math.round(performance.now() - began), attempts };
      if (!('graderError' in result)) return { ...about, ...result };
      graderError = result.graderError;
    }
    return { startedAt, ms: Math.round(performance.now() - began), attempts: mostAttempts, graderError };
  }

  async #try(cell: C): Promise<{ observation: Observation } | { graderError: string }> {
    const { signal, prepare } = this.#options;
    const { task, done } = await prepare(cell, this.#slot);
    try {
      const judge = await this.#fresh();
      const observation = await judge.judge(task, signal);
      const { verdict } = observation;
      if (verdict.outcome !== 'error') return { observation };
      await this.#drop();
      return { graderError: verdict.summary };
    } catch (error) {
      if (signal.aborted) throw new CraftError('INTERRUPTED');
      await this.#drop();
      if (error instanceof GraderFault || error instanceof CraftError) return { graderError: error.message };
      throw error;
    } finally {
      await done();
    }
  }

  async #fresh(): Promise<Judge> {
    if (this.#judge !== undefined && (!this.#judge.usable || this.#cells >= mostCells)) await this.#drop();
    if (this.#judge === undefined) {
      this.#judge = this.#options.startJudge(this.#slot);
      this.#cells = 0;
    }
    this.#cells++;
    return this.#judge;
  }

  /** After a failure nothing of it is trusted. */
  async #drop(): Promise<void> {
    const judge = this.#judge;
    this.#judge = undefined;
    await judge?.close();
  }
}
