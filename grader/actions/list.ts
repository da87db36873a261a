/** `craft list`. */
import { bestFigures } from '../bench/best.ts';
import { noProgress } from '../progress/index.ts';
import type { ListJson } from '../report/json.ts';
import { choose, exerciseJson, openSession, type Place } from './session.ts';

export async function listExercises(place: Place): Promise<ListJson> {
  const session = await openSession(place);
  const figures = bestFigures(session.workspace);
  const exercises = session.curriculum.exercises.map((exercise) => {
    const { attempts, hints, gaveUp, best } = session.progress.exercises[exercise.id] ?? noProgress;
    const bench = figures.get(exercise.id);
    const shown = gaveUp === undefined ? {} : { gaveUp };
    const own = {
      craft: exercise.craft,
      attempts,
      hints,
      best,
      ...shown,
      ...(bench === undefined ? {} : { bench }),
    };
    return { ...exerciseJson(session, exercise), ...own };
  });
  const crafts = [...new Set(exercises.map(({ craft }) => craft))].map((craft) => {
    const own = exercises.filter((exercise) => exercise.craft === craft);
    return { craft, passed: own.filter(({ status }) => status === 'passed').length, total: own.length };
  });
  return { schema: 1, workspace: session.workspace.root, current: choose(session).id, exercises, crafts };
}
