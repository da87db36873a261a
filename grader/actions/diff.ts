/** `craft diff`: the student's files against the last attempt that passed, or against the stub. */
import { attemptFiles, newestPassed } from '../progress/index.ts';
import type { DiffJson } from '../report/json.ts';
import { diffExercise as diffFiles } from '../workspace/index.ts';
import { chooseOpen, openSession, type Place } from './session.ts';

export async function diffExercise(
  place: Place,
  name: string | undefined,
  { stub }: { readonly stub: boolean },
): Promise<DiffJson> {
  const { workspace, ...session } = await openSession(place);
  const exercise = chooseOpen({ workspace, ...session }, name);
  const passed = stub ? undefined : newestPassed(workspace, exercise.id);
  const base = passed && { name: `attempt ${passed.number}`, folder: attemptFiles(workspace, passed.number) };
  const files = await diffFiles(workspace, exercise, base);
  const diff = files.map(({ patch }) => patch).join('');
  return { schema: 1, exercise: exercise.id, against: passed?.number ?? 'stub', diff };
}
