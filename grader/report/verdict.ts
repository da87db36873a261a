/** One attempt for a person: the first thing to mend in full, the rest as a list, and what to do next. */
import { join } from 'node:path';
import { leadingFailure } from '../core/leading.ts';
import type { Attempt, Stage } from '../core/types.ts';
import { failedChecks } from './checks.ts';
import { clean, shorten } from './clean.ts';
import { compileErrors } from './diagnostics.ts';
import { gateLines } from './gates.ts';
import { shownPath, shownPlace } from './paths.ts';
import type { Style } from './style.ts';
import { indent, wrap } from './text.ts';
import type { AttemptView } from './views.ts';

const stages: readonly Stage[] = ['compile', 'rules', 'behaviour', 'gate'];
const shownOutputLines = 15;

export function verdict(view: AttemptView, style: Style): string {
  const { attempt } = view;
  const sections = [
    [heading(view, style), stageLine(attempt, style)],
    compileErrors({ ...view, diagnostics: attempt.diagnostics }, style),
    violations(view, style),
    failedChecks(view, style),
    gates(attempt, style),
    printed(attempt, style),
    conclusion(view, style),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function heading({ exercise, attempt, replayOf }: AttemptView, style: Style): string {
  const name = style.bold(`${exercise.number} ${exercise.title}`);
  if (replayOf !== undefined) {
    return `${name} ${style.dim(`· attempt ${replayOf.number} again, seed ${attempt.seed}`)}`;
  }
  const number = attempt.number > 0 ? `attempt ${attempt.number}, ` : '';
  return `${name} ${style.dim(`· ${number}${(attempt.ms / 1000).toFixed(1)} s`)}`;
}

/** Which stages were reached: `✓ compile  ✓ rules  ✗ behaviour (5 of 9)  · gate`. */
function stageLine(attempt: Attempt, style: Style): string {
  const { verdict, checks } = attempt;
  const stopped =
    verdict.outcome === 'failed' || verdict.outcome === 'inconclusive' ? stages.indexOf(verdict.stage) : -1;
  const ran = { compile: true, rules: true, behaviour: checks.length > 0, gate: attempt.gates.length > 0 };
  const parts = stages.map((stage, index) => {
    const passed = checks.filter((check) => check.status === 'passed').length;
    const count =
      stage === 'behaviour' && checks.length > 0
        ? ` (${passed} of ${checks.length + attempt.missing.length})`
        : '';
    if (index === stopped) {
      return verdict.outcome === 'failed'
        ? style.red(`✗ ${stage}${count}`)
        : style.yellow(`? ${stage}${count}`);
    }
    const reached = (stopped === -1 || index < stopped) && ran[stage] && verdict.outcome !== 'error';
    return reached ? style.green(`✓ ${stage}${count}`) : style.dim(`· ${stage}`);
  });
  return parts.join('  ');
}

function violations({ attempt, root, cwd }: AttemptView, style: Style): string[] {
  return attempt.violations.flatMap((violation) => {
    const place = `${violation.file}:${violation.line}:${violation.column}`;
    const text = wrap(`${violation.api} is not allowed here: ${violation.why}`, style.columns - 2);
    return [shownPlace(place, root, cwd, style), ...indent(text)];
  });
}

function gates(attempt: Attempt, style: Style): string[] {
  return attempt.gates.flatMap((gate) => gateLines(gate, style));
}

/**
 * What the student's code printed: shown, never parsed. With a failure, only what was printed during that check.
 * Frames of Node's own in a stack trace help nobody here.
 */
function printed(attempt: Attempt, style: Style): string[] {
  const text = clean(outputOf(attempt)).trimEnd();
  if (text === '') return [];
  const all = text.split('\n').filter((line) => !/^\s+at .*[( ]node:[\w/]+:\d+:\d+\)?( \{)?$/.test(line));
  const shown = all
    .slice(-shownOutputLines)
    .map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
  const from = all.length > shown.length ? ` (the last ${shown.length} of ${all.length} lines)` : '';
  return [style.dim(`Your code printed${from}:`), ...indent(shown, style.dim('│ '))];
}

/** The log has a line `--- <check>` before what each check printed. */
function outputOf({ output, checks }: Attempt): string {
  const failure = leadingFailure(checks);
  if (failure === undefined) return output;
  const heading = `--- ${failure.id}\n`;
  const start = `\n${output}`.indexOf(`\n${heading}`);
  if (start === -1) return '';
  const [own = ''] = output.slice(start + heading.length).split(/^--- [a-z0-9-]+\n/m);
  return own;
}

function conclusion(view: AttemptView, style: Style): string[] {
  const { attempt, exercise, unlocked, lostMark } = view;
  const { verdict } = attempt;
  const name = `${exercise.number} ${exercise.title}`;
  if (verdict.outcome === 'passed') return passed(view, style);
  const summary = shorten(verdict.summary)
    .split('\n')
    .flatMap((line) => wrap(line, style.columns));
  const [first = ''] = summary;
  const lines: string[] = [];
  if (verdict.outcome === 'failed') {
    // A failed check or gate has said it all above; the rest is only said here.
    const said =
      attempt.checks.some((check) => check.status === 'failed') ||
      attempt.gates.some((gate) => gate.outcome === 'failed');
    const compile = attempt.diagnostics.length > 0 || attempt.violations.length > 0;
    if (!said && !compile) lines.push(style.red(first), ...summary.slice(1));
    else
      lines.push(
        style.red(attempt.diagnostics.length > 0 ? 'It does not compile yet.' : `${name}: not yet.`),
      );
    if (lostMark) lines.push(style.yellow(`It was passed before; its mark is gone until it passes again.`));
    if (unwritten(attempt))
      lines.push(style.dim(`Open ${openFile(view)} and replace the TODO(human) there.`));
  } else if (verdict.outcome === 'inconclusive') {
    lines.push(
      style.yellow('No verdict: this machine is too noisy for the gate just now. That is not a failure.'),
      ...summary,
    );
    lines.push(`Again: ${style.command(`verify ${exercise.number} --only gate`)}`);
  } else {
    lines.push(style.yellow(`No verdict: ${first}`), ...summary.slice(1));
  }
  if (unlocked.length > 0) lines.push(...unlockedLines(view, style));
  return lines;
}

function passed(view: AttemptView, style: Style): string[] {
  const { attempt, exercise } = view;
  const name = `${exercise.number} ${exercise.title}`;
  if (view.replayOf !== undefined)
    return [style.green('It passes now.'), `All of it: ${style.command('verify')}`];
  if (attempt.only === 'behaviour') {
    return [
      style.green(`${name}: behaviour is right.`),
      `The rest: ${style.command(`verify ${exercise.number}`)}`,
    ];
  }
  if (attempt.only === 'gate') {
    return [
      style.green(`${name}: the gate is passed.`),
      `All of it: ${style.command(`verify ${exercise.number}`)}`,
    ];
  }
  return [style.green(style.bold(`${name}: passed.`)), ...unlockedLines(view, style)];
}

function unlockedLines({ unlocked }: AttemptView, style: Style): string[] {
  if (unlocked.length === 0) return [];
  const names = unlocked.map(({ number, title }) => `${number} ${title}`).join(', ');
  return [`Unlocked: ${names}. Go on with ${style.command('next')}`];
}

function unwritten(attempt: Attempt): boolean {
  return leadingFailure(attempt.checks)?.failure?.code === 'NOT_WRITTEN';
}

function openFile({ attempt, exercise, root, cwd }: AttemptView): string {
  const where = leadingFailure(attempt.checks)?.failure?.where;
  const file = where?.replace(/(:\d+)+$/, '') ?? join('exercises', exercise.id);
  return shownPath(join(root, file), cwd);
}
