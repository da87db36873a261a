/** What an instructor may write down about a course: `course.json`. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CraftError } from '../../core/errors.ts';
import type { Curriculum, Exercise } from '../../core/types.ts';
import { findExercise } from '../../curriculum/index.ts';
import { defaultPoints, type Points, splitPoints } from './points.ts';

const count = z.number().int().min(1);
const pointsOf = z.number().min(0).max(10_000).multipleOf(0.01);

const shape = z.object({
  /** Shown on every report. */
  name: z.string().trim().min(1).max(200).optional(),
  /** All seeds come from it: secret, and the same for all shards of a class. */
  key: z.string().min(16).max(200).optional(),
  /** `["0.1-0.7", "1.1"]` */
  exercises: z.array(z.string().min(1)).min(1).optional(),
  /** By exercise, or `default`: points, of which a fifth is for gates, or both apart. */
  points: z
    .record(z.string(), z.union([pointsOf, z.strictObject({ checks: pointsOf, gates: pointsOf })]))
    .optional(),
  limits: z
    .strictObject({
      /** `.ts` files of one submission. */
      files: count.max(5_000).optional(),
      /** Bytes of one file, and of all of them. */
      fileBytes: count.max(64 * 1_048_576).optional(),
      totalBytes: count.max(512 * 1_048_576).optional(),
    })
    .optional(),
});

export type Course = z.infer<typeof shape>;

/** Fields that other commands read, e.g. `remote`, are theirs. Throws BAD_MANIFEST. */
export function readCourse(file: string): Course {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CraftError('BAD_MANIFEST', {
      file,
      message: code === 'ENOENT' ? 'there is no such file' : message,
    });
  }
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `"${issue.path.join('.')}": `;
  throw new CraftError('BAD_MANIFEST', { file, message: `${where}${issue?.message ?? 'not a course'}` });
}

/** The text of a course file, after it was read: a mistake is found here, and not by who is given it. */
export function courseText(file: string): string {
  readCourse(file);
  return readFileSync(file, 'utf8');
}

/** What an exercise is worth in a course. */
export type PointsOf = (exercise: Exercise) => Points;

/** Throws UNKNOWN_EXERCISE for a name in the course's list that is none. */
export function pointsIn(course: Course, curriculum: Curriculum): PointsOf {
  const { default: usual = defaultPoints, ...named } = course.points ?? {};
  const byId = new Map(
    Object.entries(named).map(([name, points]) => [findExercise(curriculum, name).id, points]),
  );
  return ({ id, gates }) => {
    const points = byId.get(id) ?? usual;
    if (typeof points === 'number') return splitPoints(points, gates.length > 0);
    return gates.length > 0 ? points : { checks: points.checks, gates: 0 };
  };
}

/**
 * The exercises of `0.1-0.7`, `0.1,1.2`, `queue` or `0-poc`, in the order of the curriculum; all without a name.
 * Throws UNKNOWN_EXERCISE, AMBIGUOUS_EXERCISE or BAD_USAGE.
 */
export function selectExercises(curriculum: Curriculum, names: readonly string[] | undefined): Exercise[] {
  if (names === undefined) return [...curriculum.exercises];
  const parts = names.flatMap((name) => name.split(',')).filter((part) => part.trim() !== '');
  const wanted = new Set(parts.flatMap((part) => selected(curriculum, part.trim())));
  if (wanted.size > 0) return curriculum.exercises.filter((exercise) => wanted.has(exercise));
  throw new CraftError('BAD_USAGE', { message: '--exercises names none: say for example 0.1-0.7.' });
}

function selected(curriculum: Curriculum, part: string): readonly Exercise[] {
  const { exercises } = curriculum;
  const whole = exercises.filter(({ craft }) => craft === part || craft.split('-')[0] === part);
  if (whole.length > 0) return whole;
  const [, from, to] = /^(\d+\.\d+)-(\d+\.\d+)$/.exec(part) ?? [];
  if (from === undefined || to === undefined) return [findExercise(curriculum, part)];
  const [first, last] = [from, to].map((name) => exercises.indexOf(findExercise(curriculum, name)));
  if (first !== undefined && last !== undefined && first <= last) return exercises.slice(first, last + 1);
  throw new CraftError('BAD_USAGE', { message: `--exercises ${part} ends before it begins.` });
}
