/** Many attempts: a line each, and under one that failed what to mend first. */
import { leadingFailure } from '../core/leading.ts';
import type { Attempt } from '../core/types.ts';
import { cleanLine, shorten } from './clean.ts';
import type { AttemptsJson } from './json.ts';
import { shownPlace } from './paths.ts';
import type { Style } from './style.ts';
import { indent, wrap } from './text.ts';
import type { AttemptsView, ExerciseLabel } from './views.ts';

type Around = Pick<AttemptsView, 'root' | 'cwd'>;

export function summary(
  { attempts }: AttemptsJson,
  { exercises, ...around }: AttemptsView,
  style: Style,
): string {
  const marks = {
    passed: style.green('✓'),
    failed: style.red('✗'),
    inconclusive: style.yellow('?'),
    error: style.yellow('?'),
  };
  return attempts
    .flatMap((attempt, index) => {
      const known: Partial<ExerciseLabel> = exercises[index] ?? {};
      const { outcome } = attempt.verdict;
      const head = `${marks[outcome]} ${known.number ?? ''}  ${known.title ?? attempt.exercise}`;
      if (outcome === 'passed') return [head];
      const again = style.dim(`all of it: ${style.command(`verify ${known.number ?? attempt.exercise}`)}`);
      return [head, ...indent([...firstFailure(attempt, around, style), again], '       ')];
    })
    .join('\n');
}

/** The check, compiler message or gate that failed first, in a line or two, and where it is. */
function firstFailure(attempt: Attempt, { root, cwd }: Around, style: Style): string[] {
  const { verdict } = attempt;
  if (verdict.outcome === 'passed') return [];
  const room = style.columns - 7;
  const place = (where: string): string => shownPlace(where, root, cwd, style);
  const [error] = attempt.diagnostics;
  if (error !== undefined) {
    const message = wrap(shorten(error.message, 1, 200), room);
    return [...message, place(`${error.file}:${error.line}:${error.column}`)];
  }
  const summary = wrap(shorten(verdict.summary, 1, 200), room);
  const check = leadingFailure(attempt.checks);
  if (check === undefined) return summary;
  const { where } = check.failure ?? {};
  const title = wrap(`${cleanLine(check.title)} [${check.id}]`, room);
  return [...title, ...summary, ...(where === undefined ? [] : [place(where)])];
}
