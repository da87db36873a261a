/** `craft init`, `reset` and `update`: changes to the student's folder. */
import { resolve } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { withLock } from '../progress/index.ts';
import type { InitJson, ResetJson, UpdateJson } from '../report/json.ts';
import * as folder from '../workspace/index.ts';
import { choose, openSession, type Place } from './session.ts';

export async function initWorkspace(place: Place, directory: string): Promise<InitJson> {
  const { workspace, notices } = await folder.initWorkspace({
    directory: resolve(place.cwd, directory),
    curriculum: loadCurriculum(),
  });
  return { schema: 1, workspace: workspace.root, notices: notices.map(({ text }) => text) };
}

export interface ResetOptions {
  /** Asks the student; absent after --yes. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly isTTY: boolean;
}

/** Null when the student said no. */
export async function resetExercise(
  place: Place,
  name: string | undefined,
  { ask, isTTY }: ResetOptions,
): Promise<{ data: ResetJson; root: string } | null> {
  const session = await openSession(place);
  const exercise = choose(session, name);
  const { workspace } = session;
  if (ask !== undefined && folder.planReset(workspace, exercise).changed.length > 0) {
    if (!isTTY)
      throw new CraftError('NEEDS_TERMINAL', {
        command: 'craft reset',
        instead: 'Say --yes to do it unasked.',
      });
    const question = `Put ${exercise.files.join(', ')} of ${exercise.number} back to the stub? Your text is kept.`;
    if (!(await ask(question))) return null;
  }
  const { changed, absent, snapshot } = await withLock(workspace, () =>
    folder.resetExercise(workspace, exercise),
  );
  const data = { schema: 1, exercise: exercise.id, changed, absent, copies: snapshot?.copies ?? [] } as const;
  return { data, root: workspace.root };
}

export async function updateWorkspace(place: Place): Promise<UpdateJson> {
  const { workspace, curriculum } = await openSession(place);
  const { snapshot, ...result } = await withLock(workspace, () =>
    folder.updateWorkspace(workspace, curriculum),
  );
  return { schema: 1, ...result, copies: snapshot?.copies ?? [] };
}
