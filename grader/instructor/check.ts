/**
 * The author's `craft check`: everything that a lesson, a stub, a solution, a mutant or a manifest claims is tried.
 * What can be read is read first; then the real pipeline runs over stubs, solutions and mutants, two at a time;
 * gates come last and alone, since they measure.
 */
import { CraftError } from '../core/errors.ts';
import type { CurriculumReport, Proof } from '../core/proof.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { createRunner } from '../run/index.ts';
import { readCourse, readingClaims } from './documents.ts';
import { type Library, loadMutants, ownLibrary } from './source.ts';
import {
  firstWinTrial,
  gateTrial,
  mutantTrial,
  prerequisiteTrial,
  solutionTrial,
  stubTrial,
  type Trial,
  type TrialContext,
} from './trials.ts';

export interface CheckCurriculumOptions {
  /** Names as a person types them; every exercise when absent. */
  readonly exercises?: readonly string[];
  /** Only what can be read, or only what must be run. */
  readonly only?: 'reading' | 'running';
  /** Hold the reference and the second design to their gates too; mutants of gates always meet theirs. */
  readonly gates?: boolean;
  /** Try the mutants, which take most of the time; default true. */
  readonly mutants?: boolean;
  /** How many pipelines run at a time; default 2. Each keeps a compiler, a judge and a subject busy in turn. */
  readonly jobs?: number;
  readonly curriculum?: Curriculum;
  readonly library?: Library;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CheckEvent) => void;
}

export type CheckEvent =
  | { readonly type: 'started'; readonly exercise: string; readonly claim: string }
  | { readonly type: 'proof'; readonly proof: Proof };

/** Tries every claim; rejects with UNKNOWN_EXERCISE, NEEDS_CLONE or INTERRUPTED, never because a claim is false. */
export async function checkCurriculum(options: CheckCurriculumOptions = {}): Promise<CurriculumReport> {
  const { only, signal } = options;
  const began = performance.now();
  const curriculum = options.curriculum ?? loadCurriculum();
  const library = options.library ?? ownLibrary();
  const exercises = options.exercises?.map((name) => findExercise(curriculum, name)) ?? curriculum.exercises;
  const proofs: Proof[] = [];
  const add = (proof: Proof): void => {
    proofs.push(proof);
    options.onEvent?.({ type: 'proof', proof });
  };
  if (only !== 'running') {
    const course = await readCourse(exercises, curriculum, library);
    for (const exercise of exercises) {
      for (const [claim, problems] of await readingClaims(exercise, curriculum, library, course)) {
        add({ exercise: exercise.id, claim, holds: problems.length === 0, problems, ms: 0 });
      }
    }
  }
  if (only !== 'reading') {
    const { gates = false, mutants = true } = options;
    const context: TrialContext = { curriculum, library, gates, mutants };
    const trials = (await Promise.all(exercises.map((exercise) => trialsOf(exercise, context)))).flat();
    const run = { signal, add, onEvent: options.onEvent };
    await runTrials(
      trials.filter(({ measures }) => !measures),
      options.jobs ?? 2,
      run,
    );
    await runTrials(
      trials.filter(({ measures }) => measures),
      1,
      run,
    );
  }
  const order = exercises.map(({ id }) => id);
  return {
    schema: 1,
    sound: proofs.every(({ holds }) => holds),
    proofs: proofs.toSorted((a, b) => order.indexOf(a.exercise) - order.indexOf(b.exercise)),
    ms: Math.round(performance.now() - began),
  };
}

async function trialsOf(exercise: Exercise, context: TrialContext): Promise<Trial[]> {
  const { mutants = [], firstWin } = (await loadMutants(context.library, exercise)) ?? {};
  const isFirst = context.curriculum.exercises[0]?.id === exercise.id;
  const gated = context.gates && exercise.gates.length > 0;
  return [
    stubTrial(exercise, context),
    ...(isFirst || firstWin !== undefined ? [firstWinTrial(exercise, context, firstWin)] : []),
    prerequisiteTrial(exercise, context),
    solutionTrial(exercise, context, 'solution'),
    solutionTrial(exercise, context, 'design'),
    ...(context.mutants ? mutants.map((mutant) => mutantTrial(exercise, context, mutant)) : []),
    ...(gated ? [gateTrial(exercise, context, 'solution'), gateTrial(exercise, context, 'design')] : []),
  ];
}

interface TrialRun {
  readonly signal: AbortSignal | undefined;
  readonly onEvent: CheckCurriculumOptions['onEvent'];
  add(proof: Proof): void;
}

/** Workers that take from one list, each with a warm pipeline of its own. */
async function runTrials(trials: readonly Trial[], workers: number, run: TrialRun): Promise<void> {
  const left = [...trials];
  const work = async (): Promise<void> => {
    const runner = createRunner();
    try {
      for (let trial = left.shift(); trial !== undefined; trial = left.shift()) {
        const { exercise, claim } = trial;
        run.onEvent?.({ type: 'started', exercise: exercise.id, claim });
        const began = performance.now();
        const problems = await trial.prove(runner, run.signal).catch(problemOf);
        const ms = Math.round(performance.now() - began);
        run.add({ exercise: exercise.id, claim, holds: problems.length === 0, problems, ms });
      }
    } finally {
      await runner.close();
    }
  };
  const done = await Promise.allSettled(Array.from({ length: Math.min(workers, left.length) }, work));
  for (const result of done) if (result.status === 'rejected') throw result.reason;
}

/** A trial that cannot be judged, e.g. since a file is missing, is a problem; an interruption ends the check. */
function problemOf(error: unknown): string[] {
  if (!(error instanceof CraftError) || error.code === 'INTERRUPTED') throw error;
  return [error.message];
}
