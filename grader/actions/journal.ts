/** `craft journal`: writes what each phase gained into `PERFORMANCE.md`, beside the student's own words. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder, sweep } from '../bench/folder.ts';
import { openHistory } from '../bench/history.ts';
import { gainOf } from '../bench/journal.ts';
import { writePhases } from '../bench/performance.ts';
import type { Gain } from '../bench/types.ts';
import { CraftError } from '../core/errors.ts';
import { type FileOps, readRegular, realOps, writeAtomic } from '../core/files.ts';
import type { Exercise, Workspace } from '../core/types.ts';
import { findExercise } from '../curriculum/index.ts';
import { withLockFile } from '../progress/lock.ts';
import { resultMarkdown } from '../report/journal.ts';
import type { JournalJson } from '../report/json.ts';
import { openSession, type Place, type Session } from './session.ts';

interface Phase {
  readonly exercise: Exercise;
  readonly gain: Gain;
}

/** Of one exercise, or of every phase that was benched. */
export async function writeJournal(
  place: Place,
  name: string | undefined,
  ops: FileOps = realOps,
): Promise<JournalJson> {
  const session = await openSession(place);
  const serving = session.curriculum.exercises.filter(({ serves }) => serves !== undefined);
  const wanted = name === undefined ? serving : [servingExercise(session, serving, name)];
  const phases = benched(session, serving, wanted);
  if (phases.length === 0) throw nothingYet(name === undefined ? undefined : wanted[0]);
  const order = serving.map(({ number }) => number);
  const { workspace } = session;
  return withLockFile(workspace, 'journal.lock', () => write(workspace, phases, order, ops), { ops });
}

function write(
  workspace: Workspace,
  phases: readonly Phase[],
  order: readonly string[],
  ops: FileOps,
): JournalJson {
  const file = 'PERFORMANCE.md';
  const path = join(workspace.root, file);
  const old = readRegular(workspace.root, file);
  // Not beside progress.json: whoever writes that removes temporary files there, of which he knows only his own.
  const temporary = benchFolder(workspace);
  sweep(temporary, ops);
  const texts = phases.map(({ exercise: { id, number, title }, gain }) => {
    return { id, number, title, result: resultMarkdown(gain) };
  });
  const { bytes, actions } = writePhases(old, texts, order);
  if (old === undefined || !bytes.equals(old)) {
    const mode = old === undefined ? {} : { mode: statSync(path).mode & 0o777 };
    writeAtomic(path, bytes, { temporary, ...mode, ops });
  }
  return {
    schema: 1,
    path,
    phases: phases.map(({ exercise: { id, number, title }, gain }, index) => ({
      exercise: id,
      number,
      title,
      action: actions[index] ?? 'unchanged',
      before: gain.before?.run.number ?? null,
      after: gain.after.run.number,
      ratio: gain.ratio,
    })),
  };
}

function benched(session: Session, serving: readonly Exercise[], wanted: readonly Exercise[]): Phase[] {
  const history = openHistory(session.workspace);
  const runs = history.all();
  for (const { text } of history.takeNotices()) session.place.onNotice(text);
  return wanted.flatMap((exercise) => {
    const earlier = serving.slice(0, serving.indexOf(exercise)).map(({ id }) => id);
    const gain = gainOf(runs, exercise.id, earlier);
    return gain === undefined ? [] : [{ exercise, gain }];
  });
}

function servingExercise({ curriculum }: Session, serving: readonly Exercise[], name: string): Exercise {
  const exercise = findExercise(curriculum, name);
  if (exercise.serves !== undefined) return exercise;
  const others = serving.map(({ number, title }) => `${number} ${title}`).join(', ');
  throw new CraftError('SERVES_NOTHING', {
    exercise: `${exercise.number} ${exercise.title}`,
    others: `These do: ${others}.`,
  });
}

function nothingYet(exercise: Exercise | undefined): CraftError {
  if (exercise === undefined) {
    return new CraftError('NO_BENCH', {
      what: 'The journal tells what benches measured, and there is none yet',
      command: 'npx craft bench',
    });
  }
  return new CraftError('NO_BENCH', {
    what: `${exercise.number} ${exercise.title} has no bench yet`,
    command: `npx craft bench ${exercise.number}`,
  });
}
