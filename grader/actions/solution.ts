/**
 * `craft solution`: after a pass, or after giving up, the published solution beside the student's own file. It comes
 * from the course's remote, or from what was fetched before, or, in a clone of this repository, from the file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { readRegular } from '../core/files.ts';
import { packageRoot } from '../core/paths.ts';
import type { Exercise } from '../core/types.ts';
import { reasonOf, withoutSecrets } from '../instructor/publish/git.ts';
import { fetchPublished, type Published, readPublished } from '../instructor/publish/published.ts';
import { findCourse, introduceCourse } from '../instructor/publish/where.ts';
import { noProgress, withExercise } from '../progress/index.ts';
import type { SolutionJson } from '../report/json.ts';
import { exerciseFolder } from '../workspace/index.ts';
import { choose, chooseOpen, openSession, type Place, type Session } from './session.ts';

export interface SolutionOptions {
  /** Where the course is: a URL, a folder, or the name of a remote of the workspace's git. */
  readonly from?: string;
  /** Show it before a pass. */
  readonly giveUp?: boolean;
  /** Asks the student before that; absent after --yes. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
}

/** A solution, and where it was found. */
interface Found {
  readonly from: string;
  /** Paths as the student has the files. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly notes: string;
  readonly published?: NonNullable<SolutionJson['published']>;
}

export async function showSolution(
  place: Place,
  name: string | undefined,
  options: SolutionOptions = {},
): Promise<SolutionJson> {
  const session = await openSession(place);
  const exercise = choose(session, name);
  const { id, number } = exercise;
  const title = `${number} ${exercise.title}`;
  const { lastPassed, gaveUp } = session.progress.exercises[id] ?? noProgress;
  const hidden = (detail: string): SolutionJson => ({
    schema: 1,
    exercise: id,
    shown: false,
    detail,
    files: [],
  });
  const earned = lastPassed !== undefined || gaveUp !== undefined;
  if (!earned && options.giveUp !== true) {
    return hidden(
      `The solution of ${title} is shown once you have passed it: npx craft verify ${number}. Or now, which is recorded: npx craft solution ${number} --give-up`,
    );
  }
  if (!earned) chooseOpen(session, number);
  const found = await find(session, exercise, options);
  if (typeof found === 'string') return hidden(found);
  if (!earned && !(await giveUp(session, exercise, options))) return hidden('Nothing was shown or recorded.');
  const notes = found.notes === '' ? [] : [{ path: 'NOTES.md', text: found.notes }];
  return {
    schema: 1,
    exercise: id,
    shown: true,
    detail: `From ${found.from}.`,
    files: [...found.files, ...notes],
    diff: (await Promise.all(found.files.map((file) => compare(session, file)))).join(''),
    ...(found.published === undefined ? {} : { published: found.published }),
  };
}

/** The solution, or why there is none to show. */
async function find(session: Session, exercise: Exercise, options: SolutionOptions): Promise<Found | string> {
  const { place, workspace } = session;
  const course = await findCourse(workspace, { from: options.from, cwd: place.cwd });
  let published = readPublished(workspace);
  let fresh = false;
  if (course !== undefined) {
    try {
      published = await fetchPublished(workspace, session.curriculum, course.remote, {
        signal: options.signal,
      });
      fresh = true;
    } catch (error) {
      if (error instanceof CraftError && error.code !== 'REMOTE_UNREACHABLE') throw error;
      const why = error instanceof CraftError ? String(error.details.why) : reasonOf(error);
      place.onNotice(`${withoutSecrets(course.remote)} could not be read (${why}).`);
    }
    if (fresh && course.named)
      for (const { text } of await introduceCourse(workspace, course.remote)) place.onNotice(text);
  }
  return (
    fromPublished(published, exercise, fresh) ??
    fromClone(exercise) ??
    absence(published, exercise, course?.remote)
  );
}

function fromPublished(
  published: Published | undefined,
  { id }: Exercise,
  fresh: boolean,
): Found | undefined {
  const solution = published?.solutions[id];
  if (published === undefined || solution === undefined || solution.files.length === 0) return undefined;
  const { branch, commit, files, notes } = solution;
  const { fetchedAt } = published;
  const remote = withoutSecrets(published.remote);
  const day = fresh ? '' : `, as it was fetched on ${fetchedAt.slice(0, 10)}`;
  return {
    from: `${branch} of ${remote}${day}`,
    files,
    notes,
    published: { remote, branch, commit, fetchedAt, fresh },
  };
}

/** The package has no solutions; only a clone finds any. */
function fromClone(exercise: Exercise): Found | undefined {
  const folder = join(packageRoot, 'solutions', exercise.id);
  try {
    const names = readdirSync(folder);
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const files = exercise.files.map((name) => ({
      path: `${exerciseFolder(exercise)}/${name}`,
      text: text(name),
    }));
    return { from: folder, files, notes: names.includes('NOTES.md') ? text('NOTES.md') : '' };
  } catch {
    return undefined;
  }
}

function absence(
  published: Published | undefined,
  { number, title }: Exercise,
  remote: string | undefined,
): string {
  if (remote === undefined) {
    return `Nobody said where the solution of ${number} ${title} is published: npx craft solution ${number} --from <url of the course>`;
  }
  const branches = Object.values(published?.solutions ?? {}).map(({ branch }) => branch);
  const others = branches.length === 0 ? 'Nothing is there yet' : `The last one there is ${branches.at(-1)}`;
  return `The solution of ${number} ${title} is not published at ${withoutSecrets(remote)}. ${others}.`;
}

/** Asked and recorded, before anything is shown; false when the student would rather not. */
async function giveUp(
  session: Session,
  exercise: Exercise,
  { ask, isTTY }: SolutionOptions,
): Promise<boolean> {
  if (ask !== undefined) {
    const instead = 'Say --yes to do it unasked.';
    if (isTTY !== true)
      throw new CraftError('NEEDS_TERMINAL', { command: 'craft solution --give-up', instead });
    const question = `Show the solution of ${exercise.number} before you have passed it? That is recorded.`;
    if (!(await ask(question))) return false;
  }
  const gaveUp = new Date().toISOString();
  await session.store.update((progress) =>
    withExercise(progress, exercise.id, (old) => ({ gaveUp, ...old })),
  );
  return true;
}

/** A comparison that would take longer shows both texts whole. */
const diffMs = 2_000;

/** What would make the student's file the published one; `''` when it is. */
async function compare(
  { workspace }: Session,
  { path, text }: { path: string; text: string },
): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  const own = readRegular(workspace.root, path);
  // An editor that writes other line endings has not changed every line.
  const yours = Buffer.from(own ?? [])
    .toString('utf8')
    .replaceAll('\r\n', '\n');
  const theirs = text.replaceAll('\r\n', '\n');
  if (own !== undefined && yours === theirs) return '';
  const names = [own === undefined ? '/dev/null' : `${path} (yours)`, `${path} (solution)`] as const;
  const patch = createTwoFilesPatch(...names, yours, theirs, '', '', { context: 3, timeout: diffMs });
  const whole = (sign: string, lines: string): string => lines.replace(/^/gm, sign);
  return (
    patch?.replace(/^=+\n/, '') ??
    `--- ${names[0]}\n+++ ${names[1]}\n${whole('-', yours.trimEnd())}\n${whole('+', theirs.trimEnd())}\n`
  );
}
