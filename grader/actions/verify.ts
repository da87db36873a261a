/** `craft verify` and `craft replay`: runs of the pipeline, with what a person needs around the result. */
import { CraftError } from '../core/errors.ts';
import { leadingFailure } from '../core/leading.ts';
import type { Attempt, Exercise, Only } from '../core/types.ts';
import { requireAttempt } from '../progress/index.ts';
import type { AttemptsJson } from '../report/json.ts';
import type { AttemptsView, AttemptView } from '../report/views.ts';
import { createRunner, type RunOptions } from '../run/index.ts';
import { enter } from './lesson.ts';
import { type RunningAt, runningText } from './running.ts';
import {
  choose,
  chooseOpen,
  label,
  labels,
  openSession,
  type Place,
  type Session,
  standing,
  tellNotices,
} from './session.ts';

export interface RunHooks {
  readonly signal: AbortSignal;
  readonly only?: Only;
  readonly onProgress?: (at: RunningAt) => void;
}

type Runner = ReturnType<typeof createRunner>;

export async function verifyExercise(
  place: Place,
  name: string | undefined,
  hooks: RunHooks,
): Promise<AttemptView> {
  const session = await openSession(place);
  const exercise = chooseOpen(session, name);
  // Who begins with verify is at that exercise, and stays there after a pass: only `next` moves on.
  if (session.progress.current === null) await enter(session, exercise);
  const runner = createRunner();
  try {
    return await judge(session, runner, exercise, hooks);
  } finally {
    await runner.close();
  }
}

/** Every exercise that is not locked; the outcome is the worst of all. */
export async function verifyAll(
  place: Place,
  name: string | undefined,
  hooks: RunHooks,
): Promise<{ data: AttemptsJson; around: AttemptsView; outcome: Attempt['verdict']['outcome'] }> {
  if (name !== undefined)
    throw new CraftError('BAD_USAGE', { message: 'Name an exercise or say --all, not both.' });
  const session = await openSession(place);
  const open = session.curriculum.exercises.filter(
    (exercise) => standing(session, exercise).status !== 'locked',
  );
  const attempts: Attempt[] = [];
  const runner = createRunner();
  try {
    for (const exercise of open) attempts.push((await judge(session, runner, exercise, hooks)).attempt);
  } finally {
    await runner.close();
  }
  const worst = (['error', 'failed', 'inconclusive'] as const).find((outcome) =>
    attempts.some(({ verdict }) => verdict.outcome === outcome),
  );
  const around = { exercises: open.map(label), root: session.workspace.root, cwd: place.cwd };
  return { data: { schema: 1, attempts }, around, outcome: worst ?? 'passed' };
}

/** One recorded run. */
export async function judge(
  session: Session,
  runner: Runner,
  exercise: Exercise,
  hooks: RunHooks,
): Promise<AttemptView> {
  const before = await session.store.read();
  const attempt = await runner.run({ ...base(session, exercise, hooks), record: true });
  const after = await session.store.read();
  tellNotices(session.store, session.place);
  const had = before.exercises[exercise.id]?.passed !== undefined;
  return {
    ...view(session, exercise, attempt),
    lostMark: had && after.exercises[exercise.id]?.passed === undefined,
  };
}

/** Repeats a failed check of an attempt, `3` or `3:fifo`, with the same seed; records nothing. */
export async function replayAttempt(place: Place, reference: string, hooks: RunHooks): Promise<AttemptView> {
  const session = await openSession(place);
  const [, digits, check] = /^(\d{1,9})(?::(.+))?$/s.exec(reference) ?? [];
  if (digits === undefined) {
    throw new CraftError('BAD_USAGE', { message: `"${reference}" is no attempt: write 3 or 3:check.` });
  }
  const number = Number(digits);
  const old = requireAttempt(session.workspace, number);
  const id = check === undefined ? firstFailed(old) : knownCheck(old, check);
  const exercise = choose(session, old.exercise);
  const runner = createRunner();
  try {
    const options = base(session, exercise, { ...hooks, only: 'behaviour' });
    const attempt = await runner.run({ ...options, seed: old.seed, checks: [id], record: false });
    return { ...view(session, exercise, attempt), replayOf: { number, check: id } };
  } finally {
    await runner.close();
  }
}

function firstFailed(attempt: Attempt): string {
  const failed = leadingFailure(attempt.checks);
  if (failed !== undefined) return failed.id;
  throw new CraftError('NOTHING_TO_REPLAY', { number: attempt.number });
}

function knownCheck(attempt: Attempt, check: string): string {
  const ids = attempt.checks.map(({ id }) => id);
  if (ids.includes(check)) return check;
  const checks = ids.length === 0 ? 'none, it ended before' : ids.join(', ');
  throw new CraftError('NO_CHECK', { number: attempt.number, check, checks });
}

function base(
  session: Session,
  exercise: Exercise,
  { signal, only, onProgress }: RunHooks,
): Omit<RunOptions, 'record'> {
  const describe = runningText(exercise);
  const { curriculum, workspace } = session;
  return {
    curriculum,
    workspace,
    exercise,
    signal,
    ...(only !== undefined && { only }),
    onEvent: (event) => {
      if (event.type === 'notice') session.place.onNotice(event.text);
      const at = describe(event);
      if (at !== null) onProgress?.(at);
    },
  };
}

function view({ curriculum, workspace, place }: Session, exercise: Exercise, attempt: Attempt): AttemptView {
  return {
    attempt,
    exercise: label(exercise),
    root: workspace.root,
    cwd: place.cwd,
    lostMark: false,
    unlocked: labels(curriculum, attempt.unlocked),
  };
}
