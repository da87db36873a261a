/** The failed checks of one attempt: the first in full, the others as a list, those that say nothing new counted. */

import { leadingFailure } from '../core/leading.ts';
import { limits } from '../core/limits.ts';
import type { Attempt, CheckResult } from '../core/types.ts';
import { cleanLine } from './clean.ts';
import { failure } from './failure.ts';
import type { Style } from './style.ts';
import { hang, plural, wrap } from './text.ts';
import type { AttemptView } from './views.ts';

/** Failed checks listed below the first one. */
const shownFailures = 8;

export function failedChecks(view: AttemptView, style: Style): string[] {
  const { checks } = view.attempt;
  const first = leadingFailure(checks);
  if (first === undefined) return [];
  const others = checks.filter((check) => check.status === 'failed' && check !== first);
  const lines = failure(first, view, style);
  // What waits for a TODO(human), or for an export that is missing, says nothing new; nor do those that stop at the
  // same thing, an endless loop for example.
  const waiting = first.failure?.code === 'MISSING_EXPORT' ? others : others.filter(isUnwritten);
  const same = waiting.length > 0 ? [] : others.filter((check) => isSameEnd(check, first));
  const listed = others.filter((check) => !waiting.includes(check) && !same.includes(check));
  if (listed.length > 0) lines.push('', style.dim('Also failing:'), ...listLines(listed, style));
  const notes = counted(
    view.attempt,
    waiting.length,
    same.length,
    isUnwritten(first) || first.failure?.code === 'MISSING_EXPORT',
  );
  if (notes.length > 0) lines.push('', ...notes.map((note) => style.dim(note)));
  return lines;
}

function listLines(failed: readonly CheckResult[], style: Style): string[] {
  const shown = failed.slice(0, shownFailures);
  const idColumns = Math.max(...shown.map((check) => check.id.length));
  const lines = shown.flatMap((check) => {
    const mark = isUnwritten(check) ? style.yellow('○') : style.red('✗');
    const title = wrap(cleanLine(check.title), style.columns - idColumns - 6);
    return hang(`  ${mark} ${style.dim(check.id.padEnd(idColumns))}  `, title);
  });
  const more = failed.length - shown.length;
  return more === 0 ? lines : [...lines, style.dim(`  and ${plural(more, 'other')}`)];
}

/** Both stopped at the same thing. Two wrong answers are two things, whatever their words. */
function isSameEnd({ failure: one }: CheckResult, { failure: other }: CheckResult): boolean {
  return one?.code !== 'EXPECTATION' && one?.summary === other?.summary && one?.where === other?.where;
}

function isUnwritten({ failure: why }: CheckResult): boolean {
  return why?.code === 'NOT_WRITTEN';
}

/** How many checks are not in the list, and why. */
function counted({ missing }: Attempt, waiting: number, same: number, forFirst: boolean): string[] {
  const several = (count: number, one: string, many: string): string => (count === 1 ? one : many);
  const notes: string[] = [];
  if (waiting > 0)
    notes.push(
      `${plural(waiting, 'more check')} ${several(waiting, 'waits', 'wait')} for ${forFirst ? 'it' : 'what is not written yet'}.`,
    );
  if (same > 0)
    notes.push(`${plural(same, 'more check')} ${several(same, 'fails', 'fail')} in the same way.`);
  if (missing.length > 0) {
    const verb = several(missing.length, 'was', 'were');
    notes.push(
      `${plural(missing.length, 'check')} ${verb} not run: your code's process had ended ${limits.deaths} times by then.`,
    );
  }
  return notes;
}
