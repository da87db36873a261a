/** `craft grade`: a class, graded; and its parts, merged. What is written beside run.jsonl is written here. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { writeAtomic } from '../core/files.ts';
import type { GradeReport } from '../core/grading.ts';
import {
  courseText,
  type GradeOptions,
  type GradeProgress,
  gradeClass as gradeAll,
  mergeRuns,
} from '../instructor/grade/index.ts';
import type { AutograderOptions } from '../report/grading/autograder.ts';
import type { Visibility } from '../report/grading/index.ts';
import type { Place } from './session.ts';

export type GradeRequest = Omit<
  GradeOptions,
  'input' | 'out' | 'jobs' | 'signal' | 'onProgress' | 'onNotice'
> & {
  readonly input: string;
  readonly out?: string;
  readonly jobs?: number;
  /** When students may read what hidden checks say, where a format can tell. */
  readonly visibility?: Visibility;
};

export interface GradeHooks {
  readonly signal: AbortSignal;
  /** One line about where the run is. */
  onProgress?(text: string): void;
}

export interface GradedClass {
  readonly report: GradeReport;
  /** The folder with all that was written. */
  readonly out: string;
  /** Exercises, or gates, without a verdict. */
  readonly ungraded: number;
}

const defaultOut = 'results';

/** Twice the cores: what exercises do is partly to wait. More gains nothing, and makes each of them slower. */
const usualJobs = (): number => Math.min(64, 2 * availableParallelism());

export async function gradeClass(
  place: Place,
  request: GradeRequest,
  hooks: GradeHooks,
): Promise<GradedClass> {
  const { cwd } = place;
  const { input, out = defaultOut, jobs = usualJobs(), checks, course, visibility, ...rest } = request;
  const folder = resolve(cwd, out);
  const report = await gradeAll({
    ...rest,
    input: resolve(cwd, input),
    out: folder,
    jobs,
    ...(checks === undefined ? {} : { checks: resolve(cwd, checks) }),
    ...(course === undefined ? {} : { course: resolve(cwd, course) }),
    signal: hooks.signal,
    onNotice: (text) => place.onNotice(text),
    onProgress: (progress) => hooks.onProgress?.(progressLine(progress)),
  });
  return finish(report, folder, visibility);
}

export async function mergeGrades(
  place: Place,
  folders: readonly string[],
  out: string,
  visibility?: Visibility,
): Promise<GradedClass> {
  const { cwd } = place;
  const folder = resolve(cwd, out);
  return finish(
    await mergeRuns(
      folders.map((each) => resolve(cwd, each)),
      folder,
    ),
    folder,
    visibility,
  );
}

async function finish(
  report: GradeReport,
  out: string,
  visibility: Visibility | undefined,
): Promise<GradedClass> {
  const { gradeFiles } = await import('../report/grading/index.ts');
  const files = await gradeFiles(report, visibility === undefined ? {} : { visibility });
  removeStale(out, new Set(files.map(({ path }) => path)));
  for (const { path, content } of files) {
    const target = join(out, path);
    mkdirSync(dirname(target), { recursive: true });
    writeAtomic(target, content);
  }
  const ungraded = report.students.reduce((sum, student) => sum + student.ungraded, 0);
  return { report, out, ungraded };
}

/** Results of students who are no longer in the class would be handed on with the others. */
function removeStale(out: string, written: ReadonlySet<string>): void {
  if (!existsSync(join(out, 'class.json'))) return;
  for (const folder of ['gradescope', 'prairielearn']) {
    const names = existsSync(join(out, folder)) ? readdirSync(join(out, folder)) : [];
    const stale = names.filter((name) => name.endsWith('.json') && !written.has(`${folder}/${name}`));
    for (const name of stale) rmSync(join(out, folder, name), { force: true });
  }
}

/** The zip that Gradescope takes; `course` is a file. Returns its path. */
export async function writeAutograder(
  { cwd }: Place,
  { out, course, ...options }: Omit<AutograderOptions, 'course'> & { out: string; course?: string },
): Promise<string> {
  const { gradescopeAutograder } = await import('../report/grading/index.ts');
  const text = course === undefined ? {} : { course: courseText(resolve(cwd, course)) };
  const path = resolve(cwd, out);
  mkdirSync(dirname(path), { recursive: true });
  writeAtomic(path, await gradescopeAutograder({ ...options, ...text }));
  return path;
}

/** `Graded 12 of 60, 31 a minute, about 2 min left` */
export function progressLine({ stage, done, total, graded, ms }: GradeProgress): string {
  if (stage === 'taking in') return `Taking in ${done} of ${total}`;
  const perMinute = ms > 0 ? (graded / ms) * 60_000 : 0;
  const rate =
    graded < 2 ? '' : `, ${perMinute < 10 ? perMinute.toFixed(1) : Math.round(perMinute)} a minute`;
  const left = graded < 2 || perMinute === 0 ? '' : `, ${timeLeft((total - done) / perMinute)}`;
  return `Graded ${done} of ${total}${rate}${left}`;
}

function timeLeft(minutes: number): string {
  if (minutes === 0) return 'done';
  if (minutes < 1.5) return `about ${Math.max(1, Math.round(minutes * 60))} s left`;
  if (minutes < 90) return `about ${Math.round(minutes)} min left`;
  return `about ${(minutes / 60).toFixed(1)} h left`;
}
