/** Makes what the page's script reads of a report. */
import type { GradedStudent, GradeRecord, GradeReport } from '../../../core/grading.ts';
import { cut } from '../plain.ts';
import { stateOf, states } from '../states.ts';
import { gateWords, points, scoreWords, verdictWords } from '../words.ts';
import type { ClassData, RecordData } from './classdata.ts';

/** Longest message of the page, bytes, and how many of them a cell has: the student's own file has all. */
const messageBytes = 500;
const messagesPerCell = 3;

export function classData({ exercises, students }: GradeReport, names: readonly string[]): ClassData {
  return {
    exercises: exercises.map(({ number, title }) => ({ number, title })),
    students: students.map((student, index) => ({
      id: student.submission.id,
      name: student.submission.name,
      email: student.submission.email ?? '',
      source: student.submission.source,
      commit: student.submission.commit ?? '',
      file: names[index] ?? '',
      score: `${points(student.score)} of ${points(student.maxScore)}`,
      records: exercises.map(({ id }) => recordData(student, id)),
    })),
  };
}

function recordData({ records }: GradedStudent, exercise: string): RecordData | null {
  const record = records.find((each) => each.exercise === exercise);
  if (record === undefined) return null;
  const state = stateOf(record);
  const failed = record.checks.filter(({ status }) => status === 'failed');
  return {
    state,
    mark: states[state].mark,
    verdict: verdictWords[record.verdict],
    score: scoreWords(record),
    reason: record.reason,
    failed: failed
      .slice(0, messagesPerCell)
      .map(({ title, message = '' }) => [
        title,
        Buffer.byteLength(message) > messageBytes ? `${cut(message, messageBytes)}…` : message,
      ]),
    more: Math.max(0, failed.length - messagesPerCell),
    checks: checkWords(record),
    gates: record.gates.map((gate) => [gate.title, `${gate.status}: ${gateWords(gate)}`]),
    seed: record.seed,
    attempts: record.attempts,
    error: cut(record.graderError ?? '', messageBytes),
  };
}

function checkWords({ checks }: GradeRecord): string {
  if (checks.length === 0) return 'no check ran';
  const passed = checks.filter(({ status }) => status === 'passed').length;
  const waiting = checks.filter(({ status }) => status === 'not reached').length;
  const rest = waiting === 0 ? '' : `, ${waiting} not reached`;
  return `${passed} of ${checks.length} checks passed${rest}`;
}
