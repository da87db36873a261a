/** What `craft grade` prints when a class is graded: the table, or the format that was asked for. */
import { relative } from 'node:path';
import type { GradeReport } from '../core/grading.ts';
import { type GradeFormat, gradeText } from './grading/index.ts';
import type { Style } from './style.ts';
import { plural } from './text.ts';

export interface GradedAround {
  /** The folder with all that was written. */
  readonly out: string;
  readonly cwd: string;
  /** Exercises, or gates, without a verdict. */
  readonly ungraded: number;
  readonly format: GradeFormat;
}

export async function graded(report: GradeReport, around: GradedAround, style: Style): Promise<string> {
  const text = (await gradeText(report, around.format, style)).trimEnd();
  if (around.format !== 'table') return text;
  const folder = relative(around.cwd, around.out) || '.';
  const again = `${plural(around.ungraded, 'result')} left open: run the same command to try only those again.`;
  return [
    text,
    '',
    ...(around.ungraded === 0 ? [] : [style.yellow(again)]),
    `All of it: ${style.link(folder, around.out)} (index.html, grades.csv, canvas.csv, junit.xml, class.json)`,
  ].join('\n');
}
