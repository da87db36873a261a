/** Hidden checks again and again, with other seeds and beside busy loops: whatever fails once is a flip. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import type { Flip, FlipReport } from '../core/proof.ts';
import { deriveSeed, newSeed } from '../core/random.ts';
import type { Curriculum } from '../core/types.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { createRunner } from '../run/index.ts';
import { type Library, ownLibrary, readSources } from './source.ts';
import { judgeSources } from './trials.ts';

export interface FlipOptions {
  readonly exercise: string;
  /** Runs of the reference, and as many of the second design. */
  readonly seeds: number;
  /** Busy loops beside them. */
  readonly load: number;
  /** Repeats this seed, instead of trying others. */
  readonly seed?: string;
  readonly curriculum?: Curriculum;
  readonly library?: Library;
  readonly signal?: AbortSignal;
  readonly onRun?: (done: number, total: number, flips: number) => void;
}

/** Rejects with UNKNOWN_EXERCISE, NEEDS_CLONE or INTERRUPTED, never because of a flip. */
export async function findFlips(options: FlipOptions): Promise<FlipReport> {
  const { seeds, load, signal, seed, onRun } = options;
  const curriculum = options.curriculum ?? loadCurriculum();
  const library = options.library ?? ownLibrary();
  const exercise = findExercise(curriculum, options.exercise);
  const roots = { solution: library.solutions, design: library.designs } as const;
  const began = performance.now();
  const base = newSeed();
  const flips: Flip[] = [];
  const runner = createRunner();
  const stop = startLoad(load);
  try {
    for (let done = 0; done < seeds * 2; done++) {
      const which = done % 2 === 0 ? 'solution' : 'design';
      const sources = readSources(join(roots[which], exercise.id), exercise.files);
      const used = seed ?? deriveSeed(base, String(done >> 1));
      const attempt = await judgeSources(exercise, sources, { curriculum, library }, runner, {
        only: 'behaviour',
        seed: used,
        ...(signal === undefined ? {} : { signal }),
      });
      const { verdict } = attempt;
      const failed = attempt.checks.filter(({ status }) => status === 'failed');
      const again = `npx craft check ${exercise.number} --seeds 20 --load ${load} --seed ${used}`;
      for (const { id, failure } of failed)
        flips.push({ which, seed: used, check: id, what: said(failure?.summary, failure), again });
      if (failed.length === 0 && verdict.outcome !== 'passed')
        flips.push({ which, seed: used, what: verdict.summary, again });
      onRun?.(done + 1, seeds * 2, flips.length);
    }
  } catch (error) {
    if (signal?.aborted === true) throw new CraftError('INTERRUPTED');
    throw error;
  } finally {
    stop();
    await runner.close();
  }
  const ms = Math.round(performance.now() - began);
  return { schema: 1, exercise: exercise.id, runs: seeds * 2, load, flips, ms };
}

function said(summary = 'it failed', values: { expected?: string; received?: string } = {}): string {
  const { expected, received } = values;
  return expected === undefined ? summary : `${summary} (expected ${expected}, received ${received})`;
}

/** Processes that do nothing but burn a core each, and end with this one. */
function startLoad(count: number): () => void {
  const parent = `const p = process.ppid; for (;;) { for (let i = 0; i < 1e8; i++); if (process.ppid !== p) break; }`;
  const loops: ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', parent], { stdio: 'ignore' }),
  );
  return () => {
    for (const loop of loops) loop.kill('SIGKILL');
  };
}
