/** What can only be proved by running: each function makes one claim, in a throw-away workspace. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Attempt, Curriculum, Exercise, Only, Workspace } from '../core/types.ts';
import { allImports } from '../curriculum/index.ts';
import type { Runner } from '../run/index.ts';
import type { FirstWin, Mutant } from './mutant.ts';
import { prerequisiteProblems } from './reach.ts';
import { edit, type Library, readSources, type Sources } from './source.ts';

/** One claim that needs a run; resolves with its problems. */
export interface Trial {
  readonly exercise: Exercise;
  readonly claim: string;
  /** Gates measure: nothing else may run beside them. */
  readonly measures: boolean;
  prove(runner: Runner, signal: AbortSignal | undefined): Promise<string[]>;
}

export interface TrialContext {
  readonly curriculum: Curriculum;
  readonly library: Library;
  /** Whether the reference and the second design must pass their gates too. */
  readonly gates: boolean;
  readonly mutants: boolean;
}

/** The stub compiles, and does not pass. */
export function stubTrial(exercise: Exercise, context: TrialContext): Trial {
  return trial(exercise, 'stub', false, async (judge) => {
    const stub = readSources(exercise.directory, exercise.files);
    const { verdict } = await judge(stub, { only: 'behaviour' });
    if (verdict.outcome === 'failed' && verdict.stage !== 'compile') return [];
    return [verdict.outcome === 'passed' ? 'the stub passes as it is' : `the stub: ${sentence(verdict)}`];
  })(context);
}

/** A solution passes every check of the manifest, and no other check runs. */
export function solutionTrial(
  exercise: Exercise,
  context: TrialContext,
  which: 'solution' | 'design',
): Trial {
  const root = which === 'solution' ? context.library.solutions : context.library.designs;
  return trial(exercise, which, false, async (judge) => {
    const attempt = await judge(readSources(join(root, exercise.id), exercise.files), { only: 'behaviour' });
    const ran = attempt.checks.map(({ id }) => id);
    if (attempt.verdict.outcome !== 'passed') return [sentence(attempt.verdict), ...failures(attempt)];
    if (ran.join() === exercise.checks.join()) return [];
    return [
      `the manifest lists the checks ${exercise.checks.join(', ')}; behaviour.test.ts has ${ran.join(', ')}`,
    ];
  })(context);
}

/** Every program of the exercise compiles where nothing but its imports is solved, and nothing else is there. */
export function prerequisiteTrial(exercise: Exercise, { curriculum, library }: TrialContext): Trial {
  return {
    exercise,
    claim: 'prerequisites',
    measures: false,
    prove: async () => {
      const root = await mkdtemp(join(tmpdir(), 'craft-prove-'));
      try {
        const sources = readSources(join(library.solutions, exercise.id), exercise.files);
        await layOut(root, { curriculum, library, exercise, sources });
        return await prerequisiteProblems(exercise, curriculum, root);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    },
  };
}

/** A solution passes the gates. */
export function gateTrial(exercise: Exercise, context: TrialContext, which: 'solution' | 'design'): Trial {
  const root = which === 'solution' ? context.library.solutions : context.library.designs;
  return trial(exercise, `${which} gates`, true, async (judge) => {
    const { verdict } = await judge(readSources(join(root, exercise.id), exercise.files), { only: 'gate' });
    return verdict.outcome === 'passed' ? [] : [sentence(verdict)];
  })(context);
}

/** A wrong solution compiles and is refused by the check or the gate that it names. */
export function mutantTrial(exercise: Exercise, context: TrialContext, mutant: Mutant): Trial {
  const { id, killedBy } = mutant;
  const byGate = exercise.gates.includes(killedBy);
  return trial(exercise, `mutant ${id}`, byGate, async (judge) => {
    const reference = readSources(join(context.library.solutions, exercise.id), exercise.files);
    const result = edit(reference, mutant);
    if ('problem' in result) return [result.problem];
    const { verdict, checks, gates } = byGate
      ? await judge(result.edited, { only: 'gate', gates: [killedBy] })
      : await judge(result.edited, { only: 'behaviour', checks: [killedBy] });
    const killed = byGate
      ? gates.some((gate) => gate.id === killedBy && gate.outcome === 'failed')
      : checks.some((check) => check.id === killedBy && check.status === 'failed');
    if (killed) return [];
    const survived = verdict.outcome === 'passed' ? 'it passes' : sentence(verdict);
    return [`${killedBy} does not kill it: ${survived}`];
  })(context);
}

/** The first success of the course: one changed line of the stub makes its first check pass. */
export function firstWinTrial(exercise: Exercise, context: TrialContext, win: FirstWin | undefined): Trial {
  return trial(exercise, 'first win', false, async (judge) => {
    if (win === undefined) return ['mutants.ts exports no firstWin: the first exercise needs one'];
    const oneLine = [win.find, win.replace].every((text) => text !== '' && !text.includes('\n'));
    if (!oneLine) return ['firstWin must replace one line by one line'];
    const result = edit(readSources(exercise.directory, exercise.files), win);
    if ('problem' in result) return [result.problem];
    if (win.check !== exercise.checks[0]) return [`firstWin names ${win.check}, not the first check`];
    const { verdict } = await judge(result.edited, { only: 'behaviour', checks: [win.check] });
    return verdict.outcome === 'passed' ? [] : [sentence(verdict)];
  })(context);
}

interface JudgeOptions {
  readonly only: Only;
  readonly checks?: readonly string[];
  /** Only these gates. */
  readonly gates?: readonly string[];
  /** Chosen when absent. */
  readonly seed?: string;
}

type Judge = (sources: Sources, options: JudgeOptions) => Promise<Attempt>;

function trial(
  exercise: Exercise,
  claim: string,
  measures: boolean,
  prove: (judge: Judge) => Promise<string[]>,
): (context: TrialContext) => Trial {
  return (context) => ({
    exercise,
    claim,
    measures,
    prove: (runner, signal) =>
      prove((sources, options) =>
        judgeSources(
          exercise,
          sources,
          context,
          runner,
          signal === undefined ? options : { ...options, signal },
        ),
      ),
  });
}

/** Builds a workspace around the sources, runs the real pipeline, and leaves nothing behind. */
export async function judgeSources(
  exercise: Exercise,
  sources: Sources,
  { curriculum, library }: Pick<TrialContext, 'curriculum' | 'library'>,
  runner: Runner,
  { gates, ...options }: JudgeOptions & { readonly signal?: AbortSignal },
): Promise<Attempt> {
  const root = await mkdtemp(join(tmpdir(), 'craft-prove-'));
  try {
    const workspace = await layOut(root, { curriculum, library, exercise, sources });
    const judged = gates === undefined ? exercise : { ...exercise, gates };
    return await runner.run({ curriculum, workspace, exercise: judged, record: false, ...options });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface Layout {
  readonly curriculum: Curriculum;
  readonly library: Library;
  readonly exercise: Exercise;
  readonly sources: Sources;
}

/** Solutions of all that the exercise imports, and `sources` for the exercise itself. */
async function layOut(root: string, { curriculum, library, exercise, sources }: Layout): Promise<Workspace> {
  const folders = allImports(curriculum, exercise).map(
    ({ id, files }) => [id, readSources(join(library.solutions, id), files)] as const,
  );
  for (const [id, texts] of [...folders, [exercise.id, sources] as const]) {
    for (const [name, text] of texts) {
      const path = join(root, 'exercises', id, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
  return { root, state: join(root, '.craft') };
}

function sentence(verdict: Attempt['verdict']): string {
  if (verdict.outcome === 'passed') return 'it passes';
  const where = 'stage' in verdict ? ` in ${verdict.stage}` : '';
  return `${verdict.outcome}${where}: ${verdict.summary}`;
}

/** Each failed check in one line. */
function failures({ checks }: Attempt): string[] {
  return checks
    .filter(({ status }) => status === 'failed')
    .map(({ id, failure }) => {
      const { expected, received } = failure ?? {};
      const values = expected === undefined ? '' : ` (expected ${expected}, received ${received})`;
      return `${id}: ${failure?.summary ?? 'failed'}${values}`;
    });
}
