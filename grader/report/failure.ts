/** One failed check in full: expected, received, where, likely cause, and how to repeat it. */
import type { CheckResult } from '../core/types.ts';
import { cleanLine, shorten } from './clean.ts';
import { shownPlace } from './paths.ts';
import type { Style } from './style.ts';
import { field, indent, wrap } from './text.ts';
import type { AttemptView } from './views.ts';

export function failure(check: CheckResult, view: AttemptView, style: Style): string[] {
  const why = check.failure;
  const unwritten = why?.code === 'NOT_WRITTEN';
  const mark = unwritten ? style.yellow('○') : style.red('✗');
  const lines = [`${mark} ${style.bold(cleanLine(check.title))} ${style.dim(`[${check.id}]`)}`];
  if (why === undefined) return lines;
  const room = style.columns - 2;
  const labelled = (label: string, text: string): string[] => field(style.dim(label), text, 8, room);
  const body = shorten(why.summary)
    .split('\n')
    .flatMap((line) => wrap(line, room));
  body.push('');
  if (why.expected !== undefined) body.push(...labelled('expected', style.green(shorten(why.expected))));
  if (why.received !== undefined) body.push(...labelled('received', style.red(shorten(why.received))));
  // Some summaries name the place already.
  if (why.where !== undefined && !why.summary.includes(why.where))
    body.push(...labelled('where', shownPlace(why.where, view.root, view.cwd, style)));
  if (why.cause !== undefined) body.push(...labelled('likely', shorten(why.cause)));
  if (why.exhibit !== undefined) {
    const exhibit = shorten(why.exhibit, 40, 6_000).split('\n');
    body.push(...spacer(body), ...exhibit.map((line) => `${style.dim('│')} ${line}`.trimEnd()));
  }
  // On one line however long: broken into lines it could not be copied.
  if (why.curl !== undefined)
    body.push(
      ...spacer(body),
      `${style.dim('by hand')}   ${shorten(why.curl)}`,
      ...curlNote(why.curl, style),
    );
  if (body.at(-1) === '') body.pop();
  lines.push(...indent(body));
  const number = view.replayOf?.number ?? view.attempt.number;
  if (!unwritten && number > 0) {
    const seed = style.dim(`(seed ${view.attempt.seed})`);
    lines.push('', `  ${style.dim('repeat it')}  ${style.command(`replay ${number}:${check.id}`)} ${seed}`);
    lines.push(`  ${style.dim('stuck?')}     ${style.command(`hint ${view.exercise.number}`)}`);
  }
  return lines;
}

/** The server of the check has stopped; the line is for one that the student has started. */
function curlNote(line: string, style: Style): string[] {
  const [, port] = /:(\d+)\//.exec(line) ?? [];
  return port === undefined
    ? []
    : [style.dim(`          (instead of ${port}, the port of a server that you have started)`)];
}

/** A blank line, unless there is one. */
function spacer(lines: readonly string[]): string[] {
  return lines.at(-1) === '' ? [] : [''];
}
