/** `craft diff`: the student's files against the last attempt that passed, or against the stub. */
import { attemptFiles, newestPassed } from '../progress/index.ts';
import type { DiffJson } from '../report/json.ts';
import { diffExercise as compare } from '../workspace/index.ts';
import { chooseOpen, openSession, type Place } from './session.ts';

export async function diffExercise(
  place: Place,
  name: string | undefined,
  { stub }: { readonly stub: boolean },
): Promise<DiffJson> {
  const session = await openSession(place);
  const exercise = chooseOpen(session, name);
  const passed = stub ? undefined : newestPassed(session.workspace, exercise.id);
  const base =
    passed === undefined
      ? undefined
      : { name: `attempt ${passed.number}`, folder: attemptFiles(session.workspace, passed.number) };
  const files = await compare(session.workspace, exercise, base);
  const diff = files.map(({ patch }) => patch).join('');
  return { schema: 1, exercise: exercise.id, against: passed?.number ?? 'stub', diff };
}
