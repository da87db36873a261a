/**
 * Every bench that was run: `.craft/bench/<number>.json`. A run is there whole or not at all, numbers grow and are
 * never given twice, and of two craft at once none overwrites the other's.
 */
import { createAtomic } from '../core/claim.ts';
import { type FileOps, realOps } from '../core/files.ts';
import type { Notice, Workspace } from '../core/types.ts';
import { bestFigures, lastNumber } from './best.ts';
import { benchFolder, exercisesOf, listNumbers, readRun, runPath, sweep } from './folder.ts';
import type { BenchRun, BestFigure } from './types.ts';

export interface History {
  /** Keeps a run under the next number. */
  record(run: Omit<BenchRun, 'number'>): BenchRun;
  /** Oldest first. */
  all(): readonly BenchRun[];
  /** The newest run of the student's server for this exercise. */
  newest(exercise: string): BenchRun | undefined;
  /** The newest one that is older than run `number`. */
  previous(exercise: string, number: number): BenchRun | undefined;
  /** Highest successes a second: closed loop, no failure, not limited by the generator. */
  best(exercise: string): BestFigure | undefined;
  /** Runs that could not be read, once each. */
  takeNotices(): readonly Notice[];
}

export function openHistory(workspace: Workspace, ops: FileOps = realOps): History {
  const told = new Set<number>();
  let notices: Notice[] = [];

  const read = (number: number): BenchRun | undefined => {
    const found = readRun(workspace, number);
    if (found === 'missing') return undefined;
    if ('value' in found) return found.value;
    if (!told.has(number)) notices.push(unreadable(number, found));
    told.add(number);
    return undefined;
  };
  const newestBelow = (exercise: string, limit: number): BenchRun | undefined => {
    for (const number of listNumbers(workspace).reverse()) {
      const run = number < limit ? read(number) : undefined;
      if (run !== undefined && exercisesOf(run).has(exercise)) return run;
    }
    return undefined;
  };

  return {
    record: (run) => {
      sweep(benchFolder(workspace), ops);
      for (let number = lastNumber(workspace) + 1; ; number++) {
        const kept: BenchRun = { ...run, schema: 1, number };
        if (!createAtomic(runPath(workspace, number), `${JSON.stringify(kept)}\n`, ops)) continue;
        bestFigures(workspace, ops);
        return kept;
      }
    },
    all: () =>
      listNumbers(workspace)
        .map(read)
        .filter((run) => run !== undefined),
    newest: (exercise) => newestBelow(exercise, Number.POSITIVE_INFINITY),
    previous: newestBelow,
    best: (exercise) => bestFigures(workspace, ops).get(exercise),
    takeNotices: () => {
      const taken = notices;
      notices = [];
      return taken;
    },
  };
}

function unreadable(
  number: number,
  why: { readonly wrong: string } | { readonly newerCraft: string },
): Notice {
  const file = `.craft/bench/${number}.json`;
  if ('newerCraft' in why) {
    const text = `${file} was written by a newer craft (${why.newerCraft}) and is left out.`;
    return { code: 'BENCH_NEWER', text };
  }
  return { code: 'BENCH_BROKEN', text: `${file} is no bench of craft (${why.wrong}) and is left out.` };
}
