/** What a class's records say together: the numbers of the summary, of the terminal and of the page. */
import type { GradedCheck, GradedGate, GradedStudent, GradeRecord, GradeReport } from '../../core/grading.ts';
import { plainLine } from './plain.ts';
import { type State, stateOf, stateOrder } from './states.ts';

export interface ExerciseFigures {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly maxScore: number;
  readonly states: Readonly<Record<State, number>>;
  /** Mean of the points of those who were judged; null when nobody was. */
  readonly mean: number | null;
  /** Students for whom this is the first exercise that is not passed, after which no other is. */
  readonly stopped: number;
}

/** A check that students failed, over all who reached it. */
export interface CheckFigures {
  readonly exercise: string;
  readonly number: string;
  readonly id: string;
  readonly title: string;
  readonly failed: number;
  readonly reached: number;
  /** Ids of the students who failed it. */
  readonly students: readonly string[];
}

export interface GateFigures {
  readonly exercise: string;
  readonly number: string;
  readonly id: string;
  readonly title: string;
  readonly limit: number;
  readonly unit: string;
  readonly better: GradedGate['better'];
  readonly passed: number;
  readonly failed: number;
  readonly ungraded: number;
  /** Rising; the share of the limit that each student used: below 1 is a pass. */
  readonly shares: readonly number[];
  /** Rising, in the gate's unit. */
  readonly measured: readonly number[];
}

/** What a teacher has to see first: nobody judged these. */
export interface Attention {
  readonly student: GradedStudent;
  readonly kind: 'rejected' | 'ungraded';
  readonly reason: string;
  /** Numbers of the exercises; empty when it is all of them. */
  readonly exercises: readonly string[];
}

export interface ClassFigures {
  readonly exercises: readonly ExerciseFigures[];
  /** Those that most students failed come first. */
  readonly checks: readonly CheckFigures[];
  readonly gates: readonly GateFigures[];
  readonly attention: readonly Attention[];
  /** Students who passed everything. */
  readonly done: number;
  /** Mean of the students' shares of what they could have; null when nobody was judged. */
  readonly mean: number | null;
}

export function classFigures(report: GradeReport): ClassFigures {
  const graded = report.students.filter(({ maxScore, records }) => maxScore > 0 && records.some(isJudged));
  return {
    exercises: report.exercises.map((exercise, index) => exerciseFigures(report, exercise, index)),
    checks: checkFigures(report),
    gates: gateFigures(report),
    attention: report.students.flatMap(attentionOf),
    done: report.students.filter(isDone).length,
    mean: mean(graded.map(({ score, maxScore }) => score / maxScore)),
  };
}

/** A refused submission has no points yet: it would only pull a mean down. */
function isJudged({ verdict, score }: GradeRecord): boolean {
  return verdict !== 'REJECTED' && score !== null;
}

function isDone({ records }: GradedStudent): boolean {
  return records.length > 0 && records.every(({ verdict }) => verdict === 'PASSED');
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function exerciseFigures(
  { students }: GradeReport,
  exercise: GradeReport['exercises'][number],
  index: number,
): ExerciseFigures {
  const records = students.flatMap((student) => recordOf(student, exercise.id) ?? []);
  const counts = Object.fromEntries(stateOrder.map((state) => [state, 0])) as Record<State, number>;
  for (const record of records) counts[stateOf(record)] += 1;
  return {
    ...exercise,
    states: counts,
    mean: mean(records.filter(isJudged).flatMap(({ score }) => (score === null ? [] : [score]))),
    stopped: students.filter((student) => stopAt(student) === index).length,
  };
}

export function recordOf({ records }: GradedStudent, exercise: string): GradeRecord | undefined {
  return records.find((record) => record.exercise === exercise);
}

/**
 * The exercise after the last that they passed: who passed 0.1 and 0.3 works on 0.4, and has a gap at 0.2.
 * -1 for those who are done, or of whom nothing is known.
 */
export function stopAt({ records }: GradedStudent): number {
  if (records.every(({ verdict }) => verdict === 'REJECTED' || verdict === 'UNGRADED')) return -1;
  const last = records.findLastIndex(({ verdict }) => verdict === 'PASSED');
  return last + 1 < records.length ? last + 1 : -1;
}

function checkFigures({ students }: GradeReport): CheckFigures[] {
  const found = new Map<string, CheckFigures & { failed: number; reached: number; students: string[] }>();
  for (const { submission, records } of students) {
    for (const record of records) {
      // What is not written yet fails every check, and says nothing about any of them.
      if (record.verdict === 'NOT_WRITTEN') continue;
      for (const check of record.checks) {
        if (check.status === 'not reached') continue;
        const figures = entry(found, record, check, () => ({
          failed: 0,
          reached: 0,
          students: [] as string[],
        }));
        figures.reached += 1;
        if (check.status === 'failed') {
          figures.failed += 1;
          figures.students.push(submission.id);
        }
      }
    }
  }
  return [...found.values()]
    .filter(({ failed }) => failed > 0)
    .sort((a, b) => b.failed - a.failed || b.failed / b.reached - a.failed / a.reached);
}

function gateFigures({ students }: GradeReport): GateFigures[] {
  const none = { passed: 0, failed: 0, ungraded: 0 };
  const found = new Map<string, ReturnType<typeof fresh> & Named>();
  const fresh = ({ limit, unit, better }: GradedGate) => ({
    ...{ ...none, limit, unit, better },
    shares: [] as number[],
    measured: [] as number[],
  });
  for (const { records } of students) {
    for (const record of records) {
      for (const gate of record.gates) {
        if (gate.status === 'not reached') continue;
        const figures = entry(found, record, gate, () => fresh(gate));
        figures[gate.status] += 1;
        const share = limitShare(gate);
        if (share === null || gate.measured === null) continue;
        figures.shares.push(share);
        figures.measured.push(gate.measured);
      }
    }
  }
  const order = (a: number, b: number): number => a - b;
  for (const { shares, measured } of found.values()) [shares, measured].map((each) => each.sort(order));
  return [...found.values()].sort((a, b) => a.number.localeCompare(b.number, 'en', { numeric: true }));
}

interface Named {
  readonly exercise: string;
  readonly number: string;
  readonly id: string;
  readonly title: string;
}

/** The figures of that check or gate of that exercise, made when it is met first. */
function entry<T>(
  found: Map<string, T & Named>,
  { exercise, number }: GradeRecord,
  { id, title }: Pick<GradedCheck, 'id' | 'title'>,
  make: () => T,
): T & Named {
  const key = JSON.stringify([exercise, id]);
  const known = found.get(key);
  if (known !== undefined) return known;
  const made = { ...make(), exercise, number, id, title };
  found.set(key, made);
  return made;
}

/** What was used of what is allowed: below 1 is a pass, whichever way the gate looks; null without a number. */
export function limitShare({ measured, limit, better }: GradedGate): number | null {
  if (measured === null || !Number.isFinite(measured)) return null;
  if (measured === limit) return 1;
  const share = better === 'lower' ? measured / limit : limit / measured;
  return Number.isFinite(share) && share >= 0 ? share : null;
}

/** Rejected as a whole, or with cells that the grader could not judge; one line for each different reason. */
function attentionOf(student: GradedStudent): Attention[] {
  const lines = new Map<string, { kind: Attention['kind']; reason: string; exercises: string[] }>();
  for (const record of student.records) {
    const gates = record.gates.filter(({ status }) => status === 'ungraded');
    const kind = record.verdict === 'REJECTED' ? 'rejected' : 'ungraded';
    if (kind === 'ungraded' && record.verdict !== 'UNGRADED' && gates.length === 0) continue;
    const reason =
      kind === 'rejected'
        ? record.reason
        : record.verdict === 'UNGRADED'
          ? plainLine(record.graderError ?? record.reason)
          : `gate ${gates.map(({ id }) => id).join(', ')}: ${gates[0]?.message ?? 'noise decided it'}`;
    const key = `${kind} ${reason}`;
    const line = lines.get(key) ?? { kind, reason, exercises: [] };
    line.exercises.push(record.number);
    lines.set(key, line);
  }
  return [...lines.values()].map((line) => ({
    ...line,
    student,
    exercises: line.exercises.length === student.records.length ? [] : line.exercises,
  }));
}
