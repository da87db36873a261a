/** What a class is asked: course, exercises, points, checks, and the key of its seeds. */

import { CraftError } from '../../core/errors.ts';
import type { Tier } from '../../core/grading.ts';
import { craftVersion } from '../../core/paths.ts';
import type { Curriculum, Exercise } from '../../core/types.ts';
import { loadCurriculum } from '../../curriculum/index.ts';
import { type IntakeLimits, intakeLimits } from '../intake/index.ts';
import { type Course, pointsIn, readCourse, selectExercises } from './course.ts';
import { createLab, type Lab } from './lab.ts';
import { compileOwnChecks, type OwnChecks } from './ownchecks.ts';
import { sumPoints } from './points.ts';
import { fingerprintOf, newKey, type Shard } from './seeds.ts';
import type { Settings } from './settings.ts';

export interface Asked {
  readonly exercises?: readonly string[];
  readonly course?: string;
  readonly seed?: string;
  readonly shard?: Shard;
}

/** Read before anything is begun: what is wrong here is said at once. */
export interface Plan {
  readonly curriculum: Curriculum;
  readonly course: Course;
  readonly exercises: readonly Exercise[];
  /** Of all seeds; undefined when craft has to choose one. */
  readonly key?: string;
  readonly limits: IntakeLimits;
}

/** Throws what is wrong with the course file, the exercises' names, or shards without a common key. */
export function makePlan(asked: Asked): Plan {
  const curriculum = loadCurriculum();
  const course = asked.course === undefined ? {} : readCourse(asked.course);
  const exercises = selectExercises(curriculum, asked.exercises ?? course.exercises);
  pointsIn(course, curriculum);
  const key = asked.seed ?? course.key;
  if (asked.shard !== undefined && asked.shard.count > 1 && key === undefined) {
    const message =
      '--shard needs --seed, or a course file with a key: all shards of a class must have the same seeds.';
    throw new CraftError('BAD_USAGE', { message });
  }
  const limits = { ...intakeLimits, ...withoutUndefined(course.limits ?? {}) };
  return { curriculum, course, exercises, limits, ...(key === undefined ? {} : { key }) };
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export interface LabsOptions {
  readonly gates: boolean;
  /** Folder of the instructor's own checks. */
  readonly checks?: string;
  /** Where they are compiled to. */
  readonly work: string;
}

/** One lab per exercise, in order. */
export async function makeLabs(plan: Plan, { gates, checks, work }: LabsOptions): Promise<Lab[]> {
  const { curriculum, course, exercises } = plan;
  const none = new Map<string, OwnChecks>();
  const owns = checks === undefined ? none : await compileOwnChecks(checks, work, curriculum);
  const pointsOf = pointsIn(course, curriculum);
  return Promise.all(
    exercises.map((exercise) => {
      const own = owns.get(exercise.id);
      return createLab(exercise, {
        curriculum,
        points: pointsOf(exercise),
        gates,
        ...(own === undefined ? {} : { own }),
      });
    }),
  );
}

/** Of a run that begins, or is taken up again where `before` has left it. */
export function settingsOf(
  plan: Plan,
  labs: readonly Lab[],
  tier: { readonly tier: Tier; readonly reason?: string },
  { shard, before }: { readonly shard?: Shard; readonly before?: Settings },
): { readonly settings: Settings; readonly key: string } {
  const key = plan.key ?? before?.key ?? newKey();
  const settings: Settings = {
    schema: 1,
    course: plan.course.name ?? 'systems-craft',
    fingerprint: fingerprintOf(key),
    ...(plan.key === undefined ? { key } : {}),
    craft: craftVersion,
    node: process.versions.node,
    tier: tier.tier,
    ...(tier.reason === undefined || tier.tier === 'sealed' ? {} : { tierReason: tier.reason }),
    startedAt: before?.startedAt ?? new Date().toISOString(),
    ...(shard === undefined ? {} : { shard }),
    exercises: labs.map(({ exercise: { id, number, title }, manifest: { points }, hash }) => ({
      id,
      number,
      title,
      maxScore: sumPoints([points.checks, points.gates]),
      lab: hash,
    })),
    students: [],
  };
  return { settings, key };
}
