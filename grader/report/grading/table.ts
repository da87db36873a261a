/** A class on the terminal: the matrix as far as it fits, each exercise, what fails most, and what needs a person. */
import Table from 'cli-table3';
import type { GradedStudent, GradeRecord, GradeReport } from '../../core/grading.ts';
import { bar } from '../bars.ts';
import { span } from '../numbers.ts';
import type { Style } from '../style.ts';
import { hang, width, wrap } from '../text.ts';
import { type ClassFigures, classFigures, recordOf } from './figures.ts';
import { plainLine } from './plain.ts';
import { safeReport } from './safe.ts';
import { type State, stateOf, stateOrder, states } from './states.ts';
import { plural, points } from './words.ts';

/** More students than this are for the page: a terminal shows the exercises and who needs attention. */
const matrixRows = 60;

/** For people; no line begins with text of a submission. */
export function gradeTable(report: GradeReport, style: Style): string {
  const safe = safeReport(report);
  const figures = classFigures(safe);
  const blocks = [
    [headline(safe, figures, style), ...sealLine(safe, style)].join('\n'),
    ...(safe.students.length <= matrixRows ? matrices(safe, style) : []),
    exerciseTable(figures, style),
    ...failing(figures, style),
    ...attention(figures, style),
    ...(safe.students.length > matrixRows ? [style.dim('Each student: index.html and grades.csv.')] : []),
  ];
  // What an Actions runner takes for a command: the new form at the beginning of a line, the old one anywhere.
  const text = blocks.filter((block) => block !== '').join('\n\n');
  return text.replaceAll('##[', '## [').replaceAll(/^( *)::/gm, '$1: :');
}

const ascii: Readonly<Record<State, string>> = {
  passed: '+',
  slow: '^',
  partly: '~',
  failed: 'x',
  open: '.',
  rejected: '#',
  ungraded: '?',
};

function markOf(state: State, style: Style): string {
  const mark = style.unicode ? states[state].mark : ascii[state];
  if (state === 'passed') return style.green(mark);
  if (state === 'failed' || state === 'rejected') return style.red(mark);
  return state === 'open' ? style.dim(mark) : style.yellow(mark);
}

function headline({ course, students, ms }: GradeReport, { done, mean }: ClassFigures, style: Style): string {
  const facts = [
    plural(students.length, 'student'),
    `${done} passed everything`,
    ...(mean === null ? [] : [`${Math.round(mean * 100)} % of the points on average`]),
    span(ms),
  ];
  const title = style.bold(cutTo(course === '' ? 'The class' : course, style.columns));
  return [title, ...wrap(facts.join(' · '), style.columns)].join('\n');
}

function sealLine({ tier, tierReason }: GradeReport, style: Style): string[] {
  if (tier === 'sealed') return wrap(sealed, style.columns).map((line) => style.dim(line));
  const reason = plainLine(tierReason ?? 'the jail did not hold here', 600);
  return hang(`${style.yellow('!')} `, wrap(`Not sealed: ${reason}`, style.columns - 2));
}

const sealed = 'sealed: submissions could reach nothing but themselves';

/** The students times the exercises, in as many tables beside each other as the width needs. */
function matrices(report: GradeReport, style: Style): string[] {
  const { students, exercises } = report;
  if (students.length === 0 || exercises.length === 0) return [];
  const names = Math.min(18, Math.max(7, ...students.map(({ submission }) => width(submission.id))));
  const perTable = Math.max(1, Math.floor((style.columns - names - 2 - 14) / 8));
  const tables: string[] = [];
  for (let from = 0; from < exercises.length; from += perTable) {
    const part = exercises.slice(from, from + perTable);
    const last = from + perTable >= exercises.length;
    const table = plainTable([
      'left',
      ...part.map(() => 'right' as const),
      ...(last ? ['right' as const] : []),
    ]);
    table.push([
      style.dim('student'),
      ...part.map(({ number }) => style.dim(number)),
      ...(last ? [style.dim('points')] : []),
    ]);
    for (const student of students) {
      const cells = part.map(({ id }) => cell(recordOf(student, id), style));
      table.push([cutTo(student.submission.id, names), ...cells, ...(last ? [total(student, style)] : [])]);
    }
    tables.push(tidy(table.toString()));
  }
  const seen = new Set(students.flatMap(({ records }) => records.map(stateOf)));
  const shown = stateOrder.filter((state) => seen.has(state));
  const legend = shown.map((state) => `${markOf(state, style)} ${states[state].word}`).join(' · ');
  return [...tables, wrap(legend, style.columns).join('\n')];
}

function cell(record: GradeRecord | undefined, style: Style): string {
  if (record === undefined) return '';
  const score = record.score === null ? '' : ` ${points(record.score)}`;
  return `${markOf(stateOf(record), style)}${score}`;
}

function total({ score, maxScore, ungraded }: GradedStudent, style: Style): string {
  return `${points(score)}/${points(maxScore)}${ungraded > 0 ? style.yellow(' ?') : ''}`;
}

/** The columns of numbers take 46; the bar and the title go where there is no room for them. */
function exerciseTable({ exercises }: ClassFigures, style: Style): string {
  if (exercises.length === 0) return '';
  const barred = style.columns >= 76;
  const room = style.columns - (barred ? 58 : 46);
  const titled = room >= 10;
  const left = ['left', ...(titled ? ['left'] : []), ...(barred ? ['left'] : [])] as const;
  const table = plainTable([...left, ...Array<'right'>(5).fill('right')] as ('left' | 'right')[]);
  const words =
    style.columns < 46 ? ['✓', '◐', '✗', '?', 'stop'] : ['passed', 'partly', 'none', 'no grade', 'stop'];
  const heads = words.map((head) => style.dim(head));
  table.push([...left.map(() => ''), ...heads]);
  for (const { number, title, states: counts, stopped } of exercises) {
    const all = stateOrder.reduce((sum, state) => sum + counts[state], 0);
    const none = counts.failed + counts.open;
    const numbers = [
      counts.passed,
      counts.slow + counts.partly,
      none,
      counts.ungraded + counts.rejected,
      stopped,
    ];
    table.push([
      ...[number, ...(titled ? [cutTo(title, room)] : [])],
      ...(barred ? [style.green(bar(all === 0 ? 0 : counts.passed / all, 10, style.unicode))] : []),
      ...numbers.map((each) => (each === 0 ? style.dim(style.unicode ? '–' : '-') : String(each))),
    ]);
  }
  return tidy(table.toString());
}

function failing({ checks }: ClassFigures, style: Style): string[] {
  if (checks.length === 0) return [];
  const lines = checks.slice(0, 5).flatMap(({ number, title, id, failed, reached }) => {
    const first = `  ${String(failed).padStart(4)} of ${String(reached).padEnd(4)} `;
    return hang(first, wrap(`${number} ${title} [${id}]`, style.columns - width(first)));
  });
  return [[style.bold('What fails most'), ...lines].join('\n')];
}

function attention({ attention: all }: ClassFigures, style: Style): string[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, 20);
  const lines = shown.flatMap(({ student, kind, reason, exercises }) => {
    const where = exercises.length === 0 ? '' : ` ${exercises.join(', ')}`;
    const text = `${cutTo(student.submission.id, 24)}${where}: ${kind}: ${reason}`;
    return hang(`  ${markOf(kind, style)} `, wrap(text, style.columns - 4));
  });
  const more = all.length - shown.length;
  const note = more === 0 ? [] : [style.dim(`    and ${more} more: see index.html`)];
  return [[style.bold('To see to first'), ...lines, ...note].join('\n')];
}

function cutTo(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (width(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** No lines, two spaces between the columns. */
function plainTable(colAligns: ('left' | 'right')[]): Table.Table {
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };
  return new Table({
    chars: { ...Object.fromEntries(noLines.map((name) => [name, ''])), middle: '  ' },
    colAligns,
    style,
  });
}

const noLines = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
] as const;

/** Two spaces before each line, none behind it: no line begins with what a student wrote. */
function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}
