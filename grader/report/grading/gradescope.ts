/** What Gradescope and PrairieLearn show one student: their results.json. Plain text only: nothing in it is markup. */
import type {
  GradedCheck,
  GradedGate,
  GradedStudent,
  GradeRecord,
  GradeVerdict,
} from '../../core/grading.ts';
import { cut } from './plain.ts';
import { gateWords, plural, points, scoreWords, verdictWords } from './words.ts';

/** When the student may read what the hidden checks say. */
export type Visibility = 'visible' | 'after_due_date' | 'after_published' | 'hidden';
export const visibilities: readonly Visibility[] = ['visible', 'after_due_date', 'after_published', 'hidden'];

/** Of a file about one student, bytes. */
const fileBytes = 1_000_000;

interface GradescopeTest {
  readonly name: string;
  readonly number: string;
  readonly score?: number;
  readonly max_score?: number;
  readonly status?: 'passed' | 'failed';
  readonly output?: string;
  readonly visibility: Visibility;
}

/**
 * Gradescope's results.json of one student, at most 1 MB. `possible` is what the exercises are worth: Gradescope
 * knows no points that count neither way, so the share of what was graded becomes a share of those.
 */
export function gradescopeResults(
  student: GradedStudent,
  visibility: Visibility = 'visible',
  possible = student.maxScore,
): string {
  const score = student.maxScore > 0 ? (student.score / student.maxScore) * possible : 0;
  const scaled = student.maxScore > 0 && Math.abs(score - student.score) > 0.005;
  const note = scaled
    ? `\n\nThe score above is that share of all ${points(possible)} points: ${points(score)}.`
    : '';
  const results = {
    score: rounded(score),
    execution_time: Math.round(sum(student.records.map(({ ms }) => ms)) / 1000),
    output: visibility === 'visible' ? `${overview(student)}${note}` : quietOverview(student),
    output_format: 'text',
    test_output_format: 'text',
    test_name_format: 'text',
    visibility: 'visible',
    stdout_visibility: 'hidden',
    extra_data: extraData(student),
  };
  const tests = student.records.flatMap((record) => gradescopeTests(record, visibility));
  return fitting((bytes) => ({
    ...results,
    tests: tests.map((test) =>
      test.output === undefined ? test : { ...test, output: cut(test.output, bytes) },
    ),
  }));
}

/** What one needs to grade it again, or to talk about it. */
function extraData({ submission, maxScore, records }: GradedStudent): Record<string, unknown> {
  return {
    student: submission.id,
    max_score: rounded(maxScore),
    ...(submission.commit === undefined ? {} : { commit: submission.commit }),
    ...(submission.tree === undefined ? {} : { tree: submission.tree }),
    exercises: records.map(({ exercise, verdict, seed, tier, craft, key }) => ({
      ...{ exercise, verdict, seed, tier, craft, key },
    })),
  };
}

/** A line for each exercise; the tests below it say the rest. */
function overview({ score, maxScore, ungraded, records }: GradedStudent): string {
  const lines = records.map((record) => `${headOf(record)}: ${scoreWords(record)}, ${saysAll(record)}`);
  const note = ungraded === 0 ? [] : [ungradedNote(ungraded)];
  return [`${scoreWords({ score, maxScore })} points.`, ...note, '', ...lines].join('\n');
}

/** The overview while checks are not to be told: neither points nor what a check saw, only what handing in needs. */
function quietOverview({ ungraded, records }: GradedStudent): string {
  const told: readonly GradeVerdict[] = ['COMPILE_ERROR', 'FORBIDDEN', 'MISSING', 'REJECTED', 'UNGRADED'];
  const lines = records.map((record) =>
    told.includes(record.verdict)
      ? `${headOf(record)}: ${saysAll(record)}`
      : `${headOf(record)}: graded. What its checks say is shown later.`,
  );
  return [...(ungraded === 0 ? [] : [ungradedNote(ungraded), '']), ...lines].join('\n');
}

function headOf({ number, title }: GradeRecord): string {
  return `${number} ${title}`;
}

function saysAll({ verdict, reason }: GradeRecord): string {
  return `${verdictWords[verdict]}${verdict === 'PASSED' ? '' : `. ${reason}`}`;
}

function ungradedNote(ungraded: number): string {
  return `${plural(ungraded, 'exercise')} could not be graded in full, through no fault of yours: that counts neither way.`;
}

function gradescopeTests(record: GradeRecord, visibility: Visibility): GradescopeTest[] {
  const { number } = record;
  const tests = [
    ...record.checks.map((check) => checkTest(record, check, visibility)),
    ...record.gates.map((gate) => gateTest(record, gate, visibility)),
  ];
  // Nothing ran: the reason stands where the tests would.
  if (tests.length === 0) {
    const name = `${number} ${record.title}: ${verdictWords[record.verdict]}`;
    const scores = record.score === null ? {} : { score: 0, max_score: rounded(record.maxScore) };
    return [{ name, number, ...scores, output: record.reason, visibility }];
  }
  return tests.map((test, index) => ({ ...test, number: `${number}.${index + 1}` }));
}

function checkTest(record: GradeRecord, check: GradedCheck, visibility: Visibility): GradescopeTest {
  const nobody = record.score === null;
  const output =
    check.message ?? (check.status === 'not reached' ? `Not reached: ${record.reason}` : undefined);
  return {
    name: `${record.number} ${check.title} [${check.id}]`,
    number: record.number,
    ...(nobody ? {} : { score: rounded(check.points), max_score: rounded(check.maxPoints) }),
    ...(nobody ? {} : { status: check.status === 'passed' ? 'passed' : 'failed' }),
    ...(output === undefined ? {} : { output }),
    visibility,
  };
}

function gateTest(record: GradeRecord, gate: GradedGate, visibility: Visibility): GradescopeTest {
  const nobody = record.score === null || gate.status === 'ungraded';
  const says =
    gate.status === 'not reached'
      ? `Not reached: ${record.reason}`
      : [gateWords(gate), ...(gate.message === undefined ? [] : [gate.message])].join('\n');
  return {
    name: `${record.number} gate: ${gate.title} [${gate.id}]`,
    number: record.number,
    ...(nobody ? {} : { score: rounded(gate.points), max_score: rounded(gate.maxPoints) }),
    ...(nobody ? {} : { status: gate.status === 'passed' ? 'passed' : 'failed' }),
    output: nobody ? `Could not be graded; it counts neither way.\n${says}` : says,
    visibility,
  };
}

/** PrairieLearn's results of one student: a score from 0 to 1, every test with its points. */
export function prairieLearnResults(student: GradedStudent): string {
  const { score, maxScore, records } = student;
  const rejected = records.find(({ verdict }) => verdict === 'REJECTED');
  const gradable = rejected === undefined && maxScore > 0;
  const tests = records.flatMap(prairieLearnTests);
  return fitting((bytes) => ({
    gradable,
    score: maxScore > 0 ? Math.min(1, score / maxScore) : 0,
    ...(gradable
      ? {}
      : { format_errors: [rejected?.reason ?? 'This could not be graded; it is not your fault.'] }),
    message: scoreWords(student),
    output: overview(student),
    tests: gradable ? tests.map((test) => ({ ...test, output: cut(test.output, bytes) })) : [],
  }));
}

/** What was not graded is left out: a test without points would need all others to have none. */
function prairieLearnTests(record: GradeRecord) {
  if (record.score === null) return [];
  const checks = record.checks.map((check) => ({ from: checkTest(record, check, 'visible'), of: check }));
  const gates = record.gates
    .filter(({ status }) => status !== 'ungraded')
    .map((gate) => ({ from: gateTest(record, gate, 'visible'), of: gate }));
  const tests = [...checks, ...gates].map(({ from, of }) => ({
    name: from.name,
    description: record.title,
    points: rounded(of.points),
    max_points: rounded(of.maxPoints),
    output: from.output ?? '',
  }));
  if (tests.length > 0) return tests;
  const name = `${record.number} ${record.title}: ${verdictWords[record.verdict]}`;
  const points = { points: 0, max_points: rounded(record.maxScore) };
  return [{ name, description: record.title, ...points, output: record.reason }];
}

/** The JSON with outputs of as many bytes as the file has room for. */
function fitting(make: (bytes: number) => unknown): string {
  for (let bytes = 8 * 1024; ; bytes = Math.floor(bytes / 2)) {
    const text = `${JSON.stringify(make(bytes), null, 1)}\n`;
    if (Buffer.byteLength(text) <= fileBytes || bytes === 0) return text;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Points without the last digits of binary fractions: 0.1 + 0.2 is 0.3. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
