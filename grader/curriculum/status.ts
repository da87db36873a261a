/** What is passed, open and locked. */
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
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

/** Every exercise that this one stands on, directly or not, in order. Throws BAD_MANIFEST on an unknown import. */
export function allImports(curriculum: Curriculum, exercise: Exercise): Exercise[] {
  const found = new Set<Exercise>();
  const waiting = [exercise];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const id of next.imports) {
      const imported = curriculum.exercises.find((candidate) => candidate.id === id);
      if (imported === undefined) throw unknownImport(next, id);
      if (!found.has(imported)) waiting.push(imported);
      found.add(imported);
    }
  }
  return curriculum.exercises.filter((candidate) => found.has(candidate));
}

function unknownImport({ directory }: Exercise, id: string): CraftError {
  const file = join(directory, 'exercise.json');
  return new CraftError('BAD_MANIFEST', { file, message: `imports "${id}", which is not an exercise` });
}
