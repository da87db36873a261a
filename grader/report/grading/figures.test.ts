/** What a class's records say together. */
import { expect, test } from 'vitest';
import type { GradeRecord, GradeReport } from '../../core/grading.ts';
import { gradedClass, studentOf } from '../../fixtures/grading/class.ts';
import { classFigures, limitShare, stopAt } from './figures.ts';
import { binOf } from './html/gates.ts';

const base = gradedClass({ students: 1, exercises: 4 });
const [student] = base.students;
if (student === undefined) throw new Error('no student');

/** A class of students with these verdicts, an exercise each; all checks of failed ones failed. */
function classOf(...verdicts: readonly (readonly GradeRecord['verdict'][])[]): GradeReport {
  const students = verdicts.map((row, index) => {
    const submission = { ...student?.submission, id: `s${index}`, name: `s${index}`, source: '' };
    const records = row.map((verdict, at): GradeRecord => {
      const record = student?.records[at] as GradeRecord;
      const failed = verdict === 'TEST_FAIL' || verdict === 'NOT_WRITTEN';
      const checks = record.checks.map((check) => ({
        ...check,
        status: failed ? ('failed' as const) : ('passed' as const),
      }));
      const score = verdict === 'UNGRADED' ? null : verdict === 'PASSED' ? 10 : 0;
      return { ...record, submission, verdict, score, maxScore: 10, checks, gates: [] };
    });
    return studentOf(submission, records);
  });
  return { ...base, students };
}

test('a student stops after the last exercise that they passed, gaps or not', () => {
  const rows = [
    ['PASSED', 'PASSED', 'PASSED', 'PASSED'],
    ['TEST_FAIL', 'MISSING', 'MISSING', 'MISSING'],
    ['PASSED', 'TEST_FAIL', 'PASSED', 'MISSING'],
    ['REJECTED', 'REJECTED', 'REJECTED', 'REJECTED'],
    ['UNGRADED', 'UNGRADED', 'UNGRADED', 'UNGRADED'],
  ] as const;
  const report = classOf(...rows);
  expect(report.students.map(stopAt)).toEqual([-1, 0, 3, -1, -1]);
  expect(classFigures(report).exercises.map(({ stopped }) => stopped)).toEqual([1, 0, 0, 1]);
  expect(classFigures(report).done).toBe(1);
});

test('what is not written, or was never judged, counts in no mean and against no check', () => {
  const report = classOf(['TEST_FAIL'], ['NOT_WRITTEN'], ['PASSED'], ['REJECTED'], ['UNGRADED']);
  const { checks, exercises, mean } = classFigures(report);
  // The refused and the ungraded one have passed checks in this class: they were reached.
  expect(checks[0]).toMatchObject({ failed: 1, students: ['s0'] });
  expect(exercises[0]?.mean).toBeCloseTo(10 / 3, 5);
  expect(mean).toBeCloseTo(1 / 3, 5);
  expect(classFigures(classOf(['REJECTED'], ['UNGRADED'])).mean).toBeNull();
});

test('checks that most failed come first; of as many, those that a larger share failed', () => {
  const { checks } = classFigures(gradedClass({ students: 100 }));
  const ranks = checks.map(({ failed, reached }) => failed + failed / (reached + 1) / 2);
  expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
  for (const { failed, reached, students } of checks) {
    expect(failed).toBeLessThanOrEqual(reached);
    expect(students).toHaveLength(failed);
  }
});

test('one student, one reason: one line; a whole submission names no exercise', () => {
  const { attention } = classFigures(
    classOf(['REJECTED', 'REJECTED'], ['PASSED', 'UNGRADED'], ['PASSED', 'PASSED']),
  );
  expect(
    attention.map(({ student: { submission }, kind, exercises }) => [submission.id, kind, exercises]),
  ).toEqual([
    ['s0', 'rejected', []],
    ['s1', 'ungraded', ['0.2']],
  ]);
});

test('the share of a limit is below 1 for a pass, whichever way the gate looks', () => {
  const gate = { ...student.records[0]?.gates[0] } as GradeRecord['gates'][number];
  const share = (measured: number | null, limit: number, better: 'lower' | 'higher'): number | null =>
    limitShare({ ...gate, measured, limit, better });
  expect(share(1, 2, 'lower')).toBe(0.5);
  expect(share(400, 200, 'higher')).toBe(0.5);
  expect(share(0, 0, 'lower')).toBe(1);
  expect(share(0, 200, 'higher')).toBeNull();
  expect(share(3, 0, 'lower')).toBeNull();
  expect(share(null, 2, 'lower')).toBeNull();
  expect(share(Number.NaN, 2, 'lower')).toBeNull();
});

test('the limit itself is drawn as a pass, and all that is far away in the last bin', () => {
  const [half] = [12];
  expect([0, 1e-9, 0.125].map(binOf)).toEqual([0, 0, 0]);
  expect(binOf(0.99)).toBe(half - 1);
  expect(binOf(1)).toBe(half - 1);
  expect(binOf(1.0001)).toBe(half);
  expect([8, 1e9].map(binOf)).toEqual([23, 23]);
});
