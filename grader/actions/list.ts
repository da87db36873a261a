/** `craft list`. */
import { noProgress } from '../progress/index.ts';
import type { ListJson } from '../report/json.ts';
import { choose, exerciseJson, openSession, type Place } from './session.ts';

export async function listExercises(place: Place): Promise<ListJson> {
  const session = await openSession(place);
  const exercises = session.curriculum.exercises.map((exercise) => {
    const { attempts, hints, best } = session.progress.exercises[exercise.id] ?? noProgress;
    return { ...exerciseJson(session, exercise), craft: exercise.craft, attempts, hints, best };
  });
  const crafts = [...new Set(exercises.map(({ craft }) => craft))].map((craft) => {
    const own = exercises.filter((exercise) => exercise.craft === craft);
    return { craft, passed: own.filter(({ status }) => status === 'passed').length, total: own.length };
  });
  return { schema: 1, workspace: session.workspace.root, current: choose(session).id, exercises, crafts };
}
