/** A graded class in every format that somebody reads: files beside run.jsonl, or text for stdout. */
import type { GradedStudent, GradeReport } from '../../core/grading.ts';
import type { Style } from '../style.ts';
import { fileNames } from './filenames.ts';
import type { Visibility } from './gradescope.ts';
import { safeReport } from './safe.ts';

export { gradescopeAutograder } from './autograder.ts';
export { type Visibility, visibilities } from './gradescope.ts';
export { gradeTable } from './table.ts';

export type GradeFormat = 'table' | 'csv' | 'canvas' | 'gradescope' | 'junit' | 'github' | 'summary' | 'html';
export const gradeFormats: readonly GradeFormat[] = [
  ...(['table', 'csv', 'canvas', 'gradescope', 'junit', 'github', 'summary', 'html'] as const),
];

export interface GradeFile {
  /** Relative to the folder of `--out`, with `/`. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

export interface GradeFileOptions {
  /** When students may read what hidden checks say: of Gradescope's files. `visible` unless told. */
  readonly visibility?: Visibility;
}

/**
 * All files that belong beside run.jsonl. `class.json` is the report itself, with every text safe to show.
 * @throws CraftError BROKEN_INSTALLATION when the scripts of the page are not there
 */
export async function gradeFiles(report: GradeReport, options: GradeFileOptions = {}): Promise<GradeFile[]> {
  const safe = safeReport(report);
  const names = fileNames(report.students);
  const perStudent = await Promise.all(
    safe.students.map((student, index) => studentFiles(student, names[index] ?? '', possible(safe), options)),
  );
  return [
    { path: 'class.json', content: classJson(safe) },
    { path: 'grades.csv', content: await (await import('./csv.ts')).gradesCsv(safe) },
    { path: 'canvas.csv', content: await (await import('./csv.ts')).canvasCsv(safe) },
    { path: 'junit.xml', content: await (await import('./junit.ts')).junit(safe) },
    { path: 'summary.md', content: (await import('./stepsummary.ts')).stepSummary(safe) },
    { path: 'index.html', content: (await import('./html/page.ts')).classPage(safe, names) },
    ...perStudent.flat(),
  ];
}

async function studentFiles(
  student: GradedStudent,
  name: string,
  most: number,
  { visibility }: GradeFileOptions,
): Promise<GradeFile[]> {
  const { gradescopeResults, prairieLearnResults } = await import('./gradescope.ts');
  return [
    { path: `gradescope/${name}.json`, content: gradescopeResults(student, visibility, most) },
    { path: `prairielearn/${name}.json`, content: prairieLearnResults(student) },
  ];
}

/** What all exercises are worth. */
function possible({ exercises }: GradeReport): number {
  return exercises.reduce((sum, { maxScore }) => sum + maxScore, 0);
}

/** A student a line: it can be read by eye, compared, and is JSON all the same. */
function classJson({ students, ...report }: GradeReport): string {
  const head = JSON.stringify({ ...report, students: [] }, null, 2).replace(/\[\]\n\}$/, '[');
  return `${[head, students.map((student) => JSON.stringify(student)).join(',\n'), ']}'].join('\n')}\n`;
}

/** What `--format` prints. `gradescope` is the one student's results.json, or an object of them by id. */
export async function gradeText(
  report: GradeReport,
  format: GradeFormat,
  style: Style,
  options: GradeFileOptions = {},
): Promise<string> {
  const safe = safeReport(report);
  switch (format) {
    case 'table':
      return `${(await import('./table.ts')).gradeTable(report, style)}\n`;
    case 'csv':
      return (await import('./csv.ts')).gradesCsv(safe);
    case 'canvas':
      return (await import('./csv.ts')).canvasCsv(safe);
    case 'gradescope':
      return gradescopeText(safe, options);
    case 'junit':
      return (await import('./junit.ts')).junit(safe);
    case 'github':
      return (await import('./github.ts')).githubAnnotations(safe);
    case 'summary':
      return (await import('./stepsummary.ts')).stepSummary(safe);
    case 'html':
      return (await import('./html/page.ts')).classPage(safe, fileNames(report.students));
  }
}

async function gradescopeText(report: GradeReport, { visibility }: GradeFileOptions): Promise<string> {
  const { students } = report;
  const { gradescopeResults } = await import('./gradescope.ts');
  const [only] = students;
  if (students.length === 1 && only !== undefined)
    return gradescopeResults(only, visibility, possible(report));
  const members = students.map(
    (student) =>
      `${JSON.stringify(student.submission.id)}: ${gradescopeResults(student, visibility, possible(report)).trimEnd()}`,
  );
  return `{\n${members.join(',\n')}\n}\n`;
}
