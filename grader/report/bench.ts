/** What `craft bench` shows: what was loaded, how it went, and what to make of it. */
import type { BenchRun, LoadSpec, Measurement, Payload } from '../bench/types.ts';
import { brokenOffLines, comparisonLines, contextLines } from './benchcompared.ts';
import { deathLines, latencyLines, limitLines, outcomeLines, row } from './benchparts.ts';
import { sweepSections } from './benchsweep.ts';

import { cleanLine } from './clean.ts';
import { histogram } from './histogram.ts';
import { decodeLatencies } from './latencies.ts';
import { count, share, span, three } from './numbers.ts';
import type { Style } from './style.ts';
import { hang, indent, plural, width, wrap, wrapSpans } from './text.ts';
import type { BenchView } from './views.ts';

export function bench(view: BenchView, style: Style): string {
  const { run } = view;
  const first = run.measurements[0];
  if (first === undefined)
    return wrap(`bench ${run.number}: nothing was measured.`, style.columns).join('\n');
  const sections = [
    header(run, first, style),
    ...(run.measurements.length === 1 ? single(first, style) : sweepSections(run.measurements, style)),
    comparisonLines(view, style),
    brokenOffLines(view, style),
    contextLines(view, style),
    closing(run, style),
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return style.unicode ? text : inAscii(text);
}

/** What was sent to whom, and how: enough to do it again. */
function header(run: BenchRun, { target, spec }: Measurement, style: Style): string[] {
  const where = target.kind === 'url' ? spec.url : new URL(spec.url).pathname;
  const clients = run.measurements.map((each) => each.spec.clients);
  const warmed = run.measurements.map((each) => each.result.warmup);
  const requests = warmed.reduce((sum, each) => sum + each.requests, 0);
  const ms = warmed.reduce((sum, each) => sum + each.ms, 0);
  const lines = [
    `${spec.method} ${where}, ${carried(spec.payload)}`,
    `${loop(spec)}, ${clients.length === 1 ? plural(spec.clients, 'client') : `${clients.join(', ')} clients`}${extras(spec)}, ${lasting(spec)}`,
    requests === 0
      ? 'no warm-up'
      : `warm-up: ${plural(requests, 'request', count)} in ${span(ms)}, not counted`,
  ];
  return [
    ...wrapSpans(
      [
        { text: cleanLine(target.name), paint: style.bold },
        { text: ` · bench ${run.number}, seed ${spec.seed}` },
      ],
      style.columns,
    ),
    ...lines.flatMap((line) => wrap(line, style.columns)).map((line) => style.dim(line)),
  ];
}

/** The way of loading, in the words of the lesson. */
export function loop({ mode }: LoadSpec): string {
  return mode.kind === 'closed' ? 'closed loop' : `open loop at ${three(mode.rate)} requests/s`;
}

function lasting({ measure: { requests, ms } }: LoadSpec): string {
  const parts = [
    ms === undefined ? '' : span(ms),
    requests === undefined ? '' : `${count(requests)} requests`,
  ];
  return parts.filter((part) => part !== '').join(' or ');
}

function extras({ pipeline, keepAlive, workers }: LoadSpec): string {
  const pipelined = pipeline === 1 ? '' : `, ${pipeline} requests under way on each`;
  const workersUsed = workers === 1 ? '' : `, from ${workers} processes`;
  return `${pipelined}${keepAlive ? '' : ', a new connection for each request'}${workersUsed}`;
}

function carried(payload: Payload): string {
  if (payload.kind === 'none') return 'no body';
  if (payload.kind === 'text') return `${plural(payload.text.length, 'character')} of ${payload.contentType}`;
  const size = payload.bytes === undefined ? '' : `, at least ${plural(payload.bytes, 'byte')}`;
  return `${plural(payload.batch, 'metric')} a request${size}`;
}

function single(measured: Measurement, style: Style): string[][] {
  const { result, spec } = measured;
  const { latency } = result;
  const marks =
    latency === null ? [] : (['p50', 'p90', 'p99'] as const).map((name) => ({ name, ms: latency[name] }));
  const drawn = histogram(decodeLatencies(result.histogram), marks, style);
  return [
    [...endings(measured), ...rates(measured, style), ...outcomeLines(measured, style)],
    latencyLines(measured, style),
    indent(drawn),
    limitLines([measured], style),
  ].map((lines, index) => (index === 0 && spec.mode.kind === 'open' ? [...lines, ...waiting(style)] : lines));

  function endings({ died }: Measurement): string[] {
    if (died !== undefined) return deathLines(measured, style);
    if (!result.interrupted) return [];
    return [
      ...wrap(
        `Interrupted after ${span(result.ms)}: these are the figures of what was measured.`,
        style.columns,
      ).map((line) => style.yellow(line)),
    ];
  }
}

function waiting(style: Style): string[] {
  const text = 'Latency counts from when a request was due, also while it waited for a free connection.';
  return indent(wrap(text, style.columns - 2).map((line) => style.dim(line)));
}

function rates({ result, spec }: Measurement, style: Style): string[] {
  const lines = [row('requests/s', style.bold(three(result.rate)))];
  if (spec.mode.kind === 'open') {
    const offered = result.offered ?? spec.mode.rate;
    const kept = result.rate >= offered * 0.99 ? '' : style.yellow(`  ${share(result.rate, offered)} of it`);
    lines.push(row('offered', `${three(offered)}${kept}`));
    const unsent = result.planned - result.sent;
    if (unsent > 0) {
      const why = 'no connection was free: not in the latencies';
      const first = row('not sent', `${count(unsent)}  `);
      const told = hang(first, wrap(why, style.columns - first.length - 2));
      lines.push(...told.map((line) => style.yellow(line)));
    }
  }
  return indent(lines);
}

function closing(run: BenchRun, style: Style): string[] {
  if (run.name === undefined) return [];
  const exercise = run.measurements[0]?.target.name.split(' ')[0] ?? '';
  const says = `Saved as "${run.name}". Compare with it:`;
  const command = style.command(`bench ${exercise} --vs ${run.name}`);
  const line = `${says} ${command}`;
  // A command is never broken: it could not be copied.
  return width(line) <= style.columns ? [line] : [...wrap(says, style.columns), command];
}

const plainForms: Readonly<Record<string, string>> = {
  '·': '-',
  '–': '-',
  '×': 'x',
  '…': '...',
  '✗': 'x',
  '✓': '+',
  '“': '"',
  '”': '"',
  µ: 'u',
};

/** For terminals without Unicode: what has no plain form becomes a question mark. */
function inAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (character) => plainForms[character] ?? '?');
}
