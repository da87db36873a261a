/**
 * `craft hint`: the hint for the check that failed last comes first, once; then the general ones, one more each
 * time. The count of general hints is progress; which check's hint was shown is only a bookmark in `.craft/`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { writeAtomic } from '../core/files.ts';
import { leadingFailure } from '../core/leading.ts';
import type { Exercise } from '../core/types.ts';
import { readHints } from '../curriculum/index.ts';
import { newestAttempt, noProgress, withExercise } from '../progress/index.ts';
import type { HintJson } from '../report/json.ts';
import { chooseOpen, openSession, type Place, type Session } from './session.ts';

export async function nextHint(place: Place, name: string | undefined): Promise<HintJson> {
  const session = await openSession(place);
  return hintFor(session, chooseOpen(session, name));
}

export async function hintFor(session: Session, exercise: Exercise): Promise<HintJson> {
  const { levels, checks } = readHints(exercise);
  if (levels.length === 0)
    throw new CraftError('BAD_MANIFEST', { file: `${exercise.id}/hints.md`, message: 'it has no hints' });
  const progress = await session.store.read();
  const shown = (progress.exercises[exercise.id] ?? noProgress).hints;
  const { id, number, title } = exercise;
  const base = { schema: 1, exercise: id, number, title } as const;

  const check = failingCheck(session, exercise);
  const about = check === undefined ? undefined : checks.get(check);
  if (check !== undefined && about !== undefined && lastShown(session) !== `${id}:${check}`) {
    remember(session, `${id}:${check}`);
    return { ...base, check, text: about, left: levels.length - shown };
  }
  const level = Math.min(shown + 1, levels.length);
  if (level > shown) {
    await session.store.update((now) =>
      withExercise(now, id, (old) => ({ ...old, hints: Math.max(old.hints, level) })),
    );
  }
  return { ...base, level, text: levels[level - 1] ?? '', left: levels.length - level };
}

/** The first check that failed in the newest attempt, if there was an answer to judge: an empty stub needs a start. */
function failingCheck(session: Session, exercise: Exercise): string | undefined {
  const attempt = newestAttempt(session.workspace, exercise.id);
  const failed = leadingFailure(attempt?.checks ?? []);
  return failed?.failure?.code === 'NOT_WRITTEN' ? undefined : failed?.id;
}

function bookmark(session: Session): string {
  return join(session.workspace.state, 'hint.json');
}

function lastShown(session: Session): string | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(bookmark(session), 'utf8'));
    return typeof value === 'string' ? value : undefined;
  } catch {
    // Missing or edited: the hint is shown once more.
    return undefined;
  }
}

function remember(session: Session, check: string): void {
  writeAtomic(bookmark(session), `${JSON.stringify(check)}\n`);
}
