/** `craft run`: the exercise's own program, on the student's terminal. */
import { startScript } from '../run/index.ts';
import { chooseOpen, openSession, type Place } from './session.ts';

export async function runExperiment(
  place: Place,
  name: string | undefined,
  args: readonly string[],
): Promise<number> {
  const session = await openSession(place);
  const exercise = chooseOpen(session, name);
  return startScript({ curriculum: session.curriculum, workspace: session.workspace, exercise, args });
}
