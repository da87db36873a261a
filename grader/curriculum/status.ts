/** What is passed, open and locked. */
import type { Curriculum, Exercise, Progress } from '../core/types.ts';

export interface ExerciseStatus {
  readonly status: 'passed' | 'open' | 'locked';
  /** Ids of prerequisites not passed yet, in order. */
  readonly missing: readonly string[];
}

/**
 * One entry per exercise, by id, in order. What a pass has once unlocked stays open: who goes back to improve an
 * earlier exercise, and breaks it for a while, must not lose the later ones.
 */
export function statusOf(curriculum: Curriculum, progress: Progress): Map<string, ExerciseStatus> {
  const isPassed = (id: string): boolean => progress.exercises[id]?.passed !== undefined;
  const wasPassed = (id: string): boolean => isPassed(id) || progress.exercises[id]?.lastPassed !== undefined;
  return new Map(
    curriculum.exercises.map((exercise) => {
      const missing = curriculum.exercises
        .map(({ id }) => id)
        .filter((id) => exercise.prerequisites.includes(id) && !wasPassed(id));
      const status = isPassed(exercise.id) ? 'passed' : missing.length > 0 ? 'locked' : 'open';
      return [exercise.id, { status, missing }];
    }),
  );
}

/** The first open exercise; null when none is. */
export function nextExercise(curriculum: Curriculum, progress: Progress): Exercise | null {
  const status = statusOf(curriculum, progress);
  return curriculum.exercises.find(({ id }) => status.get(id)?.status === 'open') ?? null;
}

/** Every exercise that this one stands on, directly or not, in order. */
export function allImports(curriculum: Curriculum, exercise: Exercise): Exercise[] {
  const ids = new Set<string>();
  const visit = (imports: readonly string[]): void => {
    for (const id of imports) {
      if (ids.has(id)) continue;
      ids.add(id);
      visit(curriculum.exercises.find((e) => e.id === id)?.imports ?? []);
    }
  };
  visit(exercise.imports);
  return curriculum.exercises.filter((e) => ids.has(e.id));
}
