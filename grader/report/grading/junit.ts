/**
 * JUnit XML as Jenkins, GitLab and others read it: a suite for each exercise of each student, a case for each check
 * and gate. `failure` is the student's, `error` is the grader's.
 */
import type { GradedCheck, GradedGate, GradeRecord, GradeReport } from '../../core/grading.ts';
import { plainLine } from './plain.ts';
import { gateWords, points, verdictWords } from './words.ts';

interface Case {
  readonly name: string;
  readonly ms: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly result?: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly message: string;
  };
}

export async function junit(report: GradeReport): Promise<string> {
  const { create } = await import('xmlbuilder2');
  const suites = report.students.flatMap(({ records }) =>
    records.map((record) => ({ record, cases: casesOf(record) })),
  );
  const all = suites.flatMap(({ cases }) => cases);
  const head = { name: report.course, tests: all.length, ...counts(all), time: seconds(report.ms) };
  // One document at a time: a class has more elements than one document of this library is made for.
  const parts = suites.map(({ record, cases }) =>
    create({ testsuite: suiteXml(record, cases) }).end({ headless: true, prettyPrint: true }),
  );
  const shell = create({ testsuites: attributes({ ...head, skipped: undefined }) }).end({ headless: true });
  const open = shell.replace(/\/>$/, '>');
  return ['<?xml version="1.0" encoding="UTF-8"?>', open, ...parts, '</testsuites>', ''].join('\n');
}

function suiteXml(record: GradeRecord, cases: readonly Case[]): object {
  const { submission, exercise, number, title, startedAt, ms } = record;
  return {
    ...attributes({
      name: `${submission.id} ${number} ${title}`,
      timestamp: startedAt,
      hostname: 'craft',
      tests: cases.length,
      ...counts(cases),
      time: seconds(ms),
    }),
    properties: propertiesXml({
      student: submission.id,
      exercise,
      verdict: record.verdict,
      score: record.score === null ? '' : points(record.score),
      maxScore: points(record.maxScore),
      seed: record.seed,
      tier: record.tier,
      commit: submission.commit ?? '',
      key: record.key,
    }),
    testcase: cases.map((each) => ({
      ...attributes({ classname: `${submission.id}.${exercise}`, name: each.name, time: seconds(each.ms) }),
      ...(Object.keys(each.properties).length === 0 ? {} : { properties: propertiesXml(each.properties) }),
      ...(each.result === undefined ? {} : resultXml(each.result)),
    })),
  };
}

function resultXml({ kind, type, message }: NonNullable<Case['result']>): object {
  const first = plainLine(message);
  if (kind === 'skipped') return { skipped: attributes({ message: first }) };
  return { [kind]: { ...attributes({ message: first, type }), '#': literal(message) } };
}

function propertiesXml(values: Readonly<Record<string, string>>): object {
  return { property: Object.entries(values).map(([name, value]) => attributes({ name, value })) };
}

/** As xmlbuilder2 wants them. */
function attributes(values: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[`@${name}`, literal(String(value))]],
    ),
  );
}

/**
 * xmlbuilder2 takes what looks like an entity for one, and leaves `&amp;` as it stands: a text that says `&lt;` would
 * arrive as `<`, and one that says `&#0;` would break the document.
 */
function literal(text: string): string {
  return text.replaceAll('&', '&amp;amp;');
}

function counts(cases: readonly Case[]): { failures: number; errors: number; skipped: number } {
  const of = (kind: string): number => cases.filter(({ result }) => result?.kind === kind).length;
  return { failures: of('failure'), errors: of('error'), skipped: of('skipped') };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function casesOf(record: GradeRecord): Case[] {
  const cases = [...record.checks.map((check) => checkCase(record, check)), ...record.gates.map(gateCase)];
  const told = cases.some(({ result }) => result?.kind === 'failure');
  if (record.verdict === 'UNGRADED') {
    const message = [record.reason, ...(record.graderError === undefined ? [] : [record.graderError])].join(
      '\n',
    );
    return [verdictCase(record, { kind: 'error', type: 'UNGRADED', message }), ...cases.map(unjudged)];
  }
  // What ended before the first check would otherwise look like a suite in which nothing went wrong.
  const silent = record.verdict !== 'PASSED' && record.verdict !== 'PERF_UNSURE' && !told;
  if (!silent) return cases;
  return [verdictCase(record, { kind: 'failure', type: record.verdict, message: record.reason }), ...cases];
}

/** The grader failed: its cells say nothing about the student. */
function unjudged(each: Case): Case {
  return { ...each, result: { kind: 'skipped', type: 'UNGRADED', message: 'not graded' } };
}

function verdictCase(record: GradeRecord, result: NonNullable<Case['result']>): Case {
  return { name: verdictWords[record.verdict], ms: record.ms, properties: {}, result };
}

function checkCase(record: GradeRecord, check: GradedCheck): Case {
  const message = check.message ?? record.reason;
  return {
    name: `${check.title} [${check.id}]`,
    ms: check.ms,
    properties: { points: points(check.points), maxPoints: points(check.maxPoints), seed: check.seed },
    ...(check.status === 'failed' ? { result: { kind: 'failure', type: record.verdict, message } } : {}),
    ...(check.status === 'not reached' ? { result: { kind: 'skipped', type: 'skipped', message } } : {}),
  };
}

function gateCase(gate: GradedGate): Case {
  const message = [gateWords(gate), ...(gate.message === undefined ? [] : [gate.message])].join('\n');
  const skipped = gate.status === 'not reached' || gate.status === 'ungraded';
  return {
    name: `gate: ${gate.title} [${gate.id}]`,
    ms: gate.ms,
    properties: { points: points(gate.points), maxPoints: points(gate.maxPoints) },
    ...(gate.status === 'failed' ? { result: { kind: 'failure', type: 'PERF_FAIL', message } } : {}),
    ...(skipped
      ? { result: { kind: 'skipped', type: 'skipped', message: `${gate.status}: ${message}` } }
      : {}),
  };
}
