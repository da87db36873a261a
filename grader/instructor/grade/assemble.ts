/** Records, put together to what a class looks like. */
import type { GradedStudent, GradeRecord, GradeReport } from '../../core/grading.ts';
import { isOpen } from './cells.ts';
import { sumPoints } from './points.ts';
import type { Settings } from './settings.ts';

/** Every cell of the settings must have its record. */
export function assemble(
  settings: Settings,
  records: ReadonlyMap<string, GradeRecord>,
  ms: number,
): GradeReport {
  const { course, craft, node, tier, tierReason, startedAt, exercises, students } = settings;
  const found = students.map(({ cells }) =>
    cells.flatMap((key) => {
      const record = records.get(key);
      return record === undefined ? [] : [record];
    }),
  );
  const titles = titlesOf(found.flat());
  return {
    schema: 1,
    course,
    craft,
    node,
    tier,
    ...(tierReason === undefined ? {} : { tierReason }),
    startedAt,
    ms: Math.round(ms),
    exercises: exercises.map(({ id, number, title, maxScore }) => ({ id, number, title, maxScore })),
    students: students.map(({ submission }, i) =>
      studentOf(
        // Absent fields stay absent.
        JSON.parse(JSON.stringify(submission)) as GradedStudent['submission'],
        (found[i] ?? []).map((record) => titled(record, titles)),
      ),
    ),
  };
}

function studentOf(submission: GradedStudent['submission'], records: readonly GradeRecord[]): GradedStudent {
  const graded = records.filter(({ score }) => score !== null);
  return {
    submission,
    records,
    score: sumPoints(graded.map(({ score }) => score ?? 0)),
    maxScore: sumPoints(graded.map(({ maxScore }) => maxScore)),
    ungraded: records.filter(isOpen).length,
  };
}

/** A check that was not reached has no title of its own; whoever reached it has told it. */
function titlesOf(records: readonly GradeRecord[]): Map<string, string> {
  const titles = new Map<string, string>();
  for (const { exercise, checks } of records) {
    for (const { id, title, status } of checks) {
      if (status !== 'not reached') titles.set(`${exercise} ${id}`, title);
    }
  }
  return titles;
}

function titled(record: GradeRecord, titles: ReadonlyMap<string, string>): GradeRecord {
  const checks = record.checks.map((check) => ({
    ...check,
    title: titles.get(`${record.exercise} ${check.id}`) ?? check.title,
  }));
  return { ...record, checks };
}
