/** Grades as CSV (RFC 4180): a row for each submission and exercise, and the table that Canvas imports. */
import type { GradedGate, GradeRecord, GradeReport } from '../../core/grading.ts';
import { recordOf } from './figures.ts';

type Cell = string | number | null;

/** One row per student and exercise, in the order of the report. */
export async function gradesCsv({ students }: GradeReport): Promise<string> {
  const rows = students.flatMap(({ records }) => records.map(longRow));
  return csv([longHeader, ...rows]);
}

const longHeader = [
  ...[
    'student_id',
    'name',
    'email',
    'exercise',
    'number',
    'title',
    'score',
    'max_score',
    'verdict',
    'reason',
  ],
  ...['checks_passed', 'checks', 'gate', 'gate_status', 'gate_value', 'gate_limit', 'gate_unit'],
  ...['source', 'commit', 'tree', 'seed', 'tier', 'attempts', 'ms', 'key'],
];

function longRow(record: GradeRecord): Cell[] {
  const { submission, checks } = record;
  const gate = decidingGate(record);
  return [
    ...[submission.id, submission.name, submission.email ?? null],
    ...[record.exercise, record.number, record.title],
    ...[rounded(record.score), rounded(record.maxScore), record.verdict, record.reason],
    ...[checks.filter(({ status }) => status === 'passed').length, checks.length],
    ...[
      gate?.id ?? null,
      gate?.status ?? null,
      gate?.measured ?? null,
      gate?.limit ?? null,
      gate?.unit ?? null,
    ],
    ...[submission.source, submission.commit ?? null, submission.tree ?? null],
    ...[record.seed, record.tier, record.attempts, Math.round(record.ms), record.key],
  ];
}

/** The gate that speaks for the exercise: one that is in the way if there is one, otherwise the first. */
function decidingGate({ gates }: GradeRecord): GradedGate | undefined {
  const order = ['failed', 'ungraded', 'passed', 'not reached'] as const;
  return order
    .map((status) => gates.find((gate) => gate.status === status))
    .find((gate) => gate !== undefined);
}

/**
 * The columns of a Canvas gradebook export. The roster's id stands for the SIS user, the address for the login;
 * an empty cell leaves the grade in Canvas as it is: of what was not graded, and of refused submissions.
 */
export async function canvasCsv({ exercises, students }: GradeReport): Promise<string> {
  const assignments = exercises.map(({ number, title }) => `${number} ${title}`);
  return csv([
    ['Student', 'ID', 'SIS User ID', 'SIS Login ID', 'Section', ...assignments],
    ['    Points Possible', null, null, null, null, ...exercises.map(({ maxScore }) => rounded(maxScore))],
    ...students.map((student) => [
      ...[student.submission.name, null, student.submission.id, student.submission.email ?? null, null],
      ...exercises.map(({ id, maxScore }) => canvasScore(recordOf(student, id), maxScore)),
    ]),
  ]);
}

/** Of the assignment's points, also where a gate could not be graded: 8 of 8 are all of them. */
function canvasScore(record: GradeRecord | undefined, possible: number): number | null {
  if (record === undefined || record.score === null || record.verdict === 'REJECTED') return null;
  if (record.maxScore <= 0) return null;
  return rounded((record.score / record.maxScore) * possible);
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}

/**
 * Spreadsheets run what begins like a formula: such a text gets an apostrophe in front. All texts are quoted, since
 * in half of the world they take `;` for the separator. Only with other letters than ASCII does the file begin with
 * a byte order mark, without which Excel would read them wrongly.
 */
async function csv(rows: readonly (readonly Cell[])[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const text = stringify(
    rows.map((row) => [...row]),
    {
      escape_formulas: true,
      quoted_string: true,
      quoted_empty: false,
      record_delimiter: 'windows',
    },
  );
  return /^\p{ASCII}*$/u.test(text) ? text : `\ufeff${text}`;
}
