/** Finds an exercise by what a person types. */
import { closest, distance } from 'fastest-levenshtein';
import { CraftError } from '../core/errors.ts';
import type { Curriculum, Exercise } from '../core/types.ts';

/**
 * By number (`0.1`), id (`0-poc/01-queue`), slug (`queue`), path (`exercises/0-poc/01-queue/queue.ts`) or any
 * part that only one exercise has. Throws UNKNOWN_EXERCISE or AMBIGUOUS_EXERCISE.
 */
export function findExercise(curriculum: Curriculum, name: string): Exercise {
  const wanted = normalise(name);
  const { exercises } = curriculum;
  const exact = exercises.find((e) => [e.number, e.id, e.slug, folderOf(e)].includes(wanted));
  if (exact !== undefined) return exact;
  const inFolder = exercises.find((e) => wanted.startsWith(`${e.id}/`));
  if (inFolder !== undefined) return inFolder;
  const partial = wanted === '' ? [] : exercises.filter((e) => e.id.includes(wanted));
  if (partial.length === 1 && partial[0] !== undefined) return partial[0];
  if (partial.length > 1) {
    throw new CraftError('AMBIGUOUS_EXERCISE', {
      name,
      candidates: listOf(partial.map((e) => `${e.number} ${e.slug}`)),
    });
  }
  throw new CraftError('UNKNOWN_EXERCISE', { name, suggestion: suggestion(exercises, wanted) });
}

function normalise(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/^(?:.*\/)?exercises\//, '')
    .replace(/^\.\//, '')
    .replace(/\/$/, '');
}

function folderOf(exercise: Exercise): string {
  return exercise.id.slice(exercise.craft.length + 1);
}

function suggestion(exercises: readonly Exercise[], wanted: string): string {
  const names = exercises.flatMap((e) => [e.slug, e.number, e.id]);
  const nearest = wanted === '' || names.length === 0 ? undefined : closest(wanted, names);
  const near =
    nearest !== undefined && distance(wanted, nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  return near ? ` Did you mean "${nearest}"?` : '';
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}
