/** How attempts become progress, and which marks in progress are backed by an attempt. */
import type { Attempt, ExerciseProgress, GateResult, Notice, Progress, Workspace } from '../core/types.ts';
import { isPassOf, listAttempts, readAttempt } from './attempts.ts';

export const noProgress: ExerciseProgress = { attempts: 0, hints: 0, best: {} };

/** Progress of a new workspace. */
export function emptyProgress(craft: string): Progress {
  return { schema: 1, craft, current: null, nextAttempt: 1, exercises: {} };
}

/** Progress with one exercise changed. */
export function withExercise(
  progress: Progress,
  id: string,
  change: (exercise: ExerciseProgress) => ExerciseProgress,
): Progress {
  const exercise = Object.hasOwn(progress.exercises, id) ? progress.exercises[id] : undefined;
  return { ...progress, exercises: { ...progress.exercises, [id]: change(exercise ?? noProgress) } };
}

/**
 * Progress after an attempt. A whole run that passed gives the mark; any failure takes it away; an
 * inconclusive run or an error of craft's own says nothing about the work and leaves it.
 */
export function applyAttempt(progress: Progress, attempt: Attempt): Progress {
  const nextAttempt = Math.max(progress.nextAttempt, attempt.number + 1);
  return withExercise({ ...progress, nextAttempt }, attempt.exercise, (before) => {
    const { passed, ...rest } = before;
    const counted = { ...rest, attempts: before.attempts + 1, lastAttempt: attempt.number };
    const best = attempt.gates.reduce(keepBest, before.best);
    if (isPassOf(attempt, attempt.exercise)) {
      return { ...counted, best, passed: attempt.number, lastPassed: attempt.number };
    }
    const lost = passed === undefined || attempt.verdict.outcome === 'failed';
    return { ...counted, best, ...(lost ? {} : { passed }) };
  });
}

/** Progress as the attempts on disk prove it; hints and the current exercise are not in them. */
export function rebuild(workspace: Workspace, craft: string): Progress {
  const attempts = listAttempts(workspace).flatMap((number) => readAttempt(workspace, number) ?? []);
  return attempts.reduce(applyAttempt, emptyProgress(craft));
}

/** Progress without the marks that no attempt proves, with a notice for each mark that went. */
export function provenOnly(
  workspace: Workspace,
  progress: Progress,
): { readonly progress: Progress; readonly notices: readonly Notice[] } {
  const notices: Notice[] = [];
  let proven = progress;
  for (const [id, exercise] of Object.entries(progress.exercises)) {
    const isProven = (number: number): boolean => {
      const attempt = readAttempt(workspace, number);
      return attempt !== undefined && isPassOf(attempt, id);
    };
    const { passed, lastPassed, ...rest } = exercise;
    const keepPassed = passed !== undefined && isProven(passed);
    const keepLast = lastPassed !== undefined && (lastPassed === passed ? keepPassed : isProven(lastPassed));
    if (keepPassed === (passed !== undefined) && keepLast === (lastPassed !== undefined)) continue;
    proven = withExercise(proven, id, () => ({
      ...rest,
      ...(keepPassed ? { passed } : {}),
      ...(keepLast ? { lastPassed } : {}),
    }));
    if (passed === undefined || keepPassed) continue;
    const text = `${id} was marked as passed, but attempt ${passed} does not prove it: verify it again.`;
    notices.push({ code: 'MARK_DROPPED', text });
  }
  return { progress: proven, notices };
}

function keepBest(best: ExerciseProgress['best'], gate: GateResult): ExerciseProgress['best'] {
  const { measured, unit } = gate;
  if (gate.outcome === 'inconclusive' || measured === null || !Number.isFinite(measured)) return best;
  const before = Object.hasOwn(best, gate.id) ? best[gate.id] : undefined;
  const isBetter =
    before === undefined ||
    before.unit !== unit ||
    (gate.better === 'lower' ? measured < before.value : measured > before.value);
  return isBetter ? { ...best, [gate.id]: { value: measured, unit } } : best;
}
