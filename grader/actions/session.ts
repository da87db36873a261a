/** What every command starts from: the curriculum, the workspace around the user, and the progress in it. */
import { CraftError } from '../core/errors.ts';
import type { Curriculum, Exercise, Progress, Workspace } from '../core/types.ts';
import {
  findExercise,
  loadCurriculum,
  nextExercise,
  type ExerciseStatus as Standing,
  statusOf,
} from '../curriculum/index.ts';
import { openProgress, type ProgressStore } from '../progress/index.ts';
import type { ExerciseJson } from '../report/json.ts';
import type { ExerciseLabel } from '../report/views.ts';
// Not from its index: `craft list` needs these two functions of it.
import { findWorkspace } from '../workspace/find.ts';
import { ensureLinks } from '../workspace/links.ts';

/** Where the user stands, and where a sentence goes that is no result. */
export interface Place {
  readonly cwd: string;
  onNotice(text: string): void;
}

export interface Session {
  readonly place: Place;
  readonly curriculum: Curriculum;
  readonly workspace: Workspace;
  readonly store: ProgressStore;
  readonly progress: Progress;
}

/** Finds the workspace from any folder below it: `NO_WORKSPACE` otherwise. */
export async function openSession(place: Place): Promise<Session> {
  const workspace = findWorkspace(place.cwd);
  // A clone of a workspace has no links yet, and npm install in it removes them.
  for (const { text } of ensureLinks(workspace)) place.onNotice(text);
  const curriculum = loadCurriculum();
  const store = openProgress(workspace);
  const progress = await store.read();
  tellNotices(store, place);
  return { place, curriculum, workspace, store, progress };
}

/** Hands on what the store has to say, once each. */
export function tellNotices(store: ProgressStore, place: Place): void {
  for (const { text } of store.takeNotices()) place.onNotice(text);
}

/** The named exercise; without a name the current one, or else the first that is open. */
export function choose(
  { curriculum, progress }: Pick<Session, 'curriculum' | 'progress'>,
  name?: string,
): Exercise {
  if (name !== undefined) return findExercise(curriculum, name);
  const current = curriculum.exercises.find(({ id }) => id === progress.current);
  const exercise = current ?? nextExercise(curriculum, progress) ?? curriculum.exercises.at(-1);
  if (exercise !== undefined) return exercise;
  throw new CraftError('BROKEN_INSTALLATION', { message: 'there are no exercises' });
}

/** As `choose`; `LOCKED_EXERCISE` names what to pass first. */
export function chooseOpen(session: Session, name?: string): Exercise {
  const exercise = choose(session, name);
  const { status, missing } = standing(session, exercise);
  if (status !== 'locked') return exercise;
  throw new CraftError('LOCKED_EXERCISE', {
    name: `${exercise.number} ${exercise.title}`,
    missing: labels(session.curriculum, missing)
      .map(({ number, title }) => `${number} ${title}`)
      .join(', '),
  });
}

/** Passed, open or locked, and the ids of what is missing. */
export function standing(
  { curriculum, progress }: Pick<Session, 'curriculum' | 'progress'>,
  { id }: Exercise,
): Standing {
  const found = statusOf(curriculum, progress).get(id);
  if (found !== undefined) return found;
  throw new CraftError('INTERNAL', { message: `${id} is not in the curriculum` });
}

export function label({ id, number, title }: Exercise): ExerciseLabel {
  return { id, number, title };
}

/** Labels of those ids that the curriculum knows. */
export function labels(curriculum: Curriculum, ids: readonly string[]): ExerciseLabel[] {
  return ids
    .map((id) => curriculum.exercises.find((exercise) => exercise.id === id))
    .filter(isThere)
    .map(label);
}

export function exerciseJson(session: Session, exercise: Exercise): ExerciseJson {
  const { id, number, title, summary, minutes } = exercise;
  const { status, missing } = standing(session, exercise);
  return { id, number, title, summary, minutes, status, missing };
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}
