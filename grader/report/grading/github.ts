/** Annotations of GitHub Actions: workflow commands for stdout. */
import type { GradeReport } from '../../core/grading.ts';
import { classFigures } from './figures.ts';
import { cut } from './plain.ts';
import { gateWords, plural, verdictWords } from './words.ts';

interface Annotation {
  readonly type: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly at?: { readonly file: string; readonly line: string; readonly column: string };
}

/** GitHub keeps no more of one type in a step. */
const perType = 10;

/** Workflow commands, a line each. Print them as they are: nothing else may stand on their lines. */
export function githubAnnotations(report: GradeReport): string {
  const [only] = report.students;
  const all =
    report.students.length === 1 && only ? studentAnnotations(only.records) : classAnnotations(report);
  const lines = (['error', 'warning', 'notice'] as const).flatMap((type) =>
    limited(all.filter((each) => each.type === type)).map(command),
  );
  return lines.map((line) => `${line}\n`).join('');
}

/** Ten, of which the last says how many more there are. */
function limited(all: readonly Annotation[]): readonly Annotation[] {
  if (all.length <= perType) return all;
  const more = all.length - perType + 1;
  const rest = all.slice(perType - 1, perType + 4).map(({ title }) => title);
  const message = `${rest.join('\n')}${more > rest.length ? '\n…' : ''}`;
  const [first] = all;
  return [
    ...all.slice(0, perType - 1),
    ...(first === undefined ? [] : [{ type: first.type, title: `and ${more} more`, message }]),
  ];
}

function command({ type, title, message, at }: Annotation): string {
  const place = at === undefined ? {} : { file: at.file, line: at.line, col: at.column };
  const properties = Object.entries({ ...place, title }).map(([name, value]) => `${name}=${property(value)}`);
  return `::${type} ${properties.join(',')}::${data(cut(message, 2_000))}`;
}

/** As the runner's own toolkit escapes: percent signs first. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** One student, in their own repository: what failed, beside the line that it names. */
function studentAnnotations(records: GradeReport['students'][number]['records']): Annotation[] {
  return records.flatMap((record) => {
    const name = `${record.number} ${record.title}`;
    const checks = record.checks
      .filter(({ status }) => status === 'failed')
      .map(({ title, message = record.reason }) =>
        located({ type: 'error', title: `${name}: ${title}`, message }),
      );
    const gates = record.gates
      .filter(({ status }) => status === 'failed' || status === 'ungraded')
      .map((gate): Annotation => {
        const message = [gateWords(gate), ...(gate.message === undefined ? [] : [gate.message])].join('\n');
        return {
          type: gate.status === 'failed' ? 'error' : 'warning',
          title: `${name}: ${gate.title}`,
          message,
        };
      });
    const told = [...checks, ...gates];
    if (record.verdict === 'UNGRADED')
      return [{ type: 'warning', title: `${name}: not graded`, message: record.reason }];
    if (record.verdict === 'PASSED' || told.length > 0) return told;
    return [
      located({ type: 'error', title: `${name}: ${verdictWords[record.verdict]}`, message: record.reason }),
    ];
  });
}

/** The first place in the student's own files that the message names. */
function located(annotation: Annotation): Annotation {
  const found = /\b(exercises\/[\w./-]{1,200}\.ts):(\d{1,7}):(\d{1,7})\b/.exec(annotation.message);
  if (found === null || found[1]?.includes('..')) return annotation;
  const [, file = '', line = '', column = ''] = found;
  return { ...annotation, at: { file, line, column } };
}

/** A class: what the teacher has to see to, and what to teach next. */
function classAnnotations(report: GradeReport): Annotation[] {
  const { attention, checks } = classFigures(report);
  const seal: Annotation[] =
    report.tier === 'sealed'
      ? []
      : [
          {
            type: 'warning',
            title: 'not sealed',
            message: report.tierReason ?? 'The jail did not hold here.',
          },
        ];
  return [
    ...seal,
    ...attention.map(({ student, kind, reason, exercises }): Annotation => {
      const where = exercises.length === 0 ? '' : ` ${exercises.join(', ')}`;
      const type = kind === 'ungraded' ? 'error' : 'warning';
      return { type, title: `${student.submission.id}${where}: ${kind}`, message: reason };
    }),
    ...checks.slice(0, 5).map(
      ({ number, title, failed, reached }): Annotation => ({
        type: 'notice',
        title: `${number} ${title}`,
        message: `${failed} of the ${plural(reached, 'student')} who reached this check failed it.`,
      }),
    ),
  ];
}
