/** What may change in progress while the student's code runs, and whether anything else did. */
import type { Progress } from '../core/types.ts';
import { withExercise } from './marks.ts';

/** Hints only grow, giving up is for good, and the current exercise is a bookmark: none can pass an exercise. */
export function mergeHarmless(trusted: Progress, onDisk: Progress): Progress {
  let merged: Progress = { ...trusted, current: onDisk.current };
  for (const [id, { hints, gaveUp }] of Object.entries(onDisk.exercises)) {
    const before = Object.hasOwn(trusted.exercises, id) ? trusted.exercises[id] : undefined;
    if (hints > (before?.hints ?? 0))
      merged = withExercise(merged, id, (exercise) => ({ ...exercise, hints }));
    if (gaveUp !== undefined && before?.gaveUp === undefined)
      merged = withExercise(merged, id, (exercise) => ({ ...exercise, gaveUp }));
  }
  return merged;
}

/** Equal but for the order of keys. */
export function sameContent(a: Progress, b: Progress): boolean {
  return canonical(a) === canonical(b);
}

/** Keys in one order. */
function canonical(progress: Progress): string {
  const exercises = Object.entries(progress.exercises)
    .map(([id, e]) => [id, e.attempts, e.passed, e.lastPassed, e.lastAttempt, e.hints, e.gaveUp, e.best])
    .sort((x, y) => (String(x[0]) < String(y[0]) ? -1 : 1));
  return JSON.stringify([progress.current, progress.nextAttempt, exercises]);
}
