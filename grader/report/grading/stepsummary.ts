/** The summary of a step of GitHub Actions, as markdown: $GITHUB_STEP_SUMMARY. */
import type { GradeRecord, GradeReport } from '../../core/grading.ts';
import { type ClassFigures, classFigures } from './figures.ts';
import { cut, plainLine } from './plain.ts';
import { stateOf, stateOrder, states } from './states.ts';
import { plural, points } from './words.ts';

/** Of a step summary: GitHub refuses more than 1 MiB. */
const summaryBytes = 1_000_000;

/** For $GITHUB_STEP_SUMMARY: what matters first, then every student, as far as there is room. */
export function stepSummary(report: GradeReport): string {
  const figures = classFigures(report);
  const head = [
    `# ${text(report.course)}`,
    '',
    lead(report, figures),
    ...attentionTable(figures),
    ...taught(figures),
  ];
  const top = cut([...head, '', ...exerciseTable(figures), ''].join('\n'), summaryBytes / 2);
  const rows = studentRows(report);
  const open = [
    '',
    `<details><summary>${plural(rows.length, 'student')}</summary>`,
    '',
    ...studentHead(report),
    '',
  ];
  let room = summaryBytes - Buffer.byteLength(`${top}${open.join('\n')}`) - 200;
  const kept = rows.filter((row) => {
    room -= Buffer.byteLength(row) + 1;
    return room > 0;
  });
  const more = rows.length - kept.length;
  const note = more === 0 ? [] : ['', `${plural(more, 'more student')}: see grades.csv.`];
  return `${[top, ...open.slice(0, -1), ...kept, ...note, '', '</details>'].join('\n')}\n`;
}

function lead(
  { students, tier, tierReason, craft, node, ms }: GradeReport,
  { done, mean }: ClassFigures,
): string {
  const facts = [
    plural(students.length, 'student'),
    `${done} passed everything`,
    ...(mean === null ? [] : [`${Math.round(mean * 100)} % of the points on average`]),
    `${Math.max(1, Math.round(ms / 60_000))} min`,
    `craft ${text(craft)}, Node ${text(node)}`,
  ];
  const seal =
    tier === 'sealed' ? 'sealed' : `**not sealed**: ${text(tierReason ?? 'the jail did not hold here')}`;
  return `${facts.join(' · ')} · ${seal}`;
}

function attentionTable({ attention }: ClassFigures): string[] {
  if (attention.length === 0) return [];
  const shown = attention.slice(0, 50);
  const rows = shown.map(({ student: { submission }, kind, reason, exercises }) =>
    row([submission.id, submission.name, exercises.join(', ') || 'all', kind, reason].map(text)),
  );
  const more = attention.length - shown.length;
  return [
    ...[
      '',
      '## To see to first',
      '',
      row(['student', 'name', 'exercises', 'what', 'why']),
      '|---|---|---|---|---|',
    ],
    ...[...rows, ...(more === 0 ? [] : ['', `and ${more} more`])],
  ];
}

function taught({ checks }: ClassFigures): string[] {
  if (checks.length === 0) return [];
  const rows = checks
    .slice(0, 10)
    .map(({ number, title, failed, reached }) => row([text(number), text(title), `${failed} of ${reached}`]));
  return ['', '## What to teach next', '', row(['exercise', 'check', 'failed it']), '|---|---|--:|', ...rows];
}

function exerciseTable({ exercises }: ClassFigures): string[] {
  const heads = stateOrder.map((state) => states[state].mark);
  return [
    ...['## Exercises', '', row(['', 'exercise', ...heads, 'mean', 'stopped here'])],
    `|---|---|${'--:|'.repeat(heads.length + 2)}`,
    ...exercises.map(({ number, title, states: counts, mean, stopped, maxScore }) =>
      row([
        ...[text(number), text(title), ...stateOrder.map((state) => String(counts[state]))],
        ...[mean === null ? '–' : `${points(mean)} of ${points(maxScore)}`, String(stopped)],
      ]),
    ),
    ...['', stateOrder.map((state) => `${states[state].mark} ${states[state].word}`).join(' · ')],
  ];
}

function studentHead({ exercises }: GradeReport): string[] {
  const numbers = exercises.map(({ number }) => text(number));
  return [row(['student', 'name', 'points', ...numbers]), `|---|---|${'--:|'.repeat(numbers.length + 1)}`];
}

function studentRows({ students, exercises }: GradeReport): string[] {
  return students.map(({ submission, score, maxScore, records }) =>
    row([
      ...[text(submission.id), text(submission.name), `${points(score)} of ${points(maxScore)}`],
      ...exercises.map(({ id }) => {
        const record = records.find(({ exercise }) => exercise === id);
        return record === undefined ? '' : cell(record);
      }),
    ]),
  );
}

function cell(record: GradeRecord): string {
  return `${states[stateOf(record)].mark}${record.score === null ? '' : ` ${points(record.score)}`}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Text as markdown that means only itself: no link, no picture, no end of a cell. */
function text(value: string): string {
  return plainLine(value)
    .replaceAll(/[!-+\-/:-@[-`{-~]/g, (character) =>
      character === '.' || character === '-' ? character : `&#${character.charCodeAt(0)};`,
    )
    .replaceAll(/www(?=\.)/gi, 'www&#8203;');
}
