/** `craft next`: moves to an exercise and gives its lesson. */
import { join } from 'node:path';
import type { Exercise } from '../core/types.ts';
import { nextExercise, readLesson } from '../curriculum/index.ts';
import type { LessonJson } from '../report/json.ts';
import {
  choose,
  chooseOpen,
  exerciseJson,
  labels,
  openSession,
  type Place,
  type Session,
  standing,
} from './session.ts';

export async function showLesson(place: Place, name: string | undefined): Promise<LessonJson> {
  const session = await openSession(place);
  return enter(session, name === undefined ? following(session) : chooseOpen(session, name));
}

/** Makes the exercise the one that commands without a name mean. */
export async function enter(session: Session, exercise: Exercise): Promise<LessonJson> {
  if (session.progress.current !== exercise.id) {
    await session.store.update((progress) => ({ ...progress, current: exercise.id }));
  }
  return {
    schema: 1,
    exercise: exerciseJson(session, exercise),
    files: exercise.files.map((file) => join(session.workspace.root, 'exercises', exercise.id, file)),
    prerequisites: labels(session.curriculum, exercise.prerequisites).map(({ number, title }) => ({
      number,
      title,
    })),
    lesson: readLesson(exercise),
  };
}

/** The current exercise while it is open, then the next one; the current one again when all are passed. */
function following(session: Session): Exercise {
  const current = session.curriculum.exercises.find(({ id }) => id === session.progress.current);
  if (current !== undefined && standing(session, current).status === 'open') return current;
  const next = nextExercise(session.curriculum, session.progress);
  if (next !== null) return next;
  session.place.onNotice('Every exercise is passed. This is the one you were at last.');
  return choose(session);
}
