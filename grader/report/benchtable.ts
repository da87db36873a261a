/** `craft bench --markdown`: a table to paste, and under it what is needed to believe it. */
import type { Measurement, Target } from '../bench/types.ts';
import { ratio } from './benchcompared.ts';
import { ended, unaskedSays } from './benchparts.ts';
import { cleanLine } from './clean.ts';
import { count, share, span, three } from './numbers.ts';
import type { BenchView } from './views.ts';

const heading = [
  'what',
  'clients',
  'requests/s',
  'success',
  'p50 ms',
  'p90 ms',
  'p99 ms',
  'p99.9 ms',
  'max ms',
];

export function benchTable({ run }: BenchView): string {
  const { brokenOff, comparison, machine, measurements } = run;
  const all = [...measurements, comparison?.measured, brokenOff?.measured].filter(
    (each) => each !== undefined,
  );
  const lines = [
    line(heading),
    line(heading.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...all.map((each) => line(cells(each))),
    '',
  ];
  if (comparison !== undefined) {
    lines.push(
      `${ratio(comparison.rate)} as many requests/s as ${plain(comparison.other)}, ${comparison.rounds} turns each, interval of 95 %.`,
      '',
    );
  }
  if (brokenOff !== undefined) {
    const dead = brokenOff.died === undefined ? measurements[0]?.target : brokenOff.other;
    lines.push(
      `Broken off: ${dead === undefined ? 'a server' : plain(dead)} ended under load. Nothing is compared.`,
      '',
    );
  }
  const doubts = new Set(
    measurements.filter(({ bottleneck }) => bottleneck.doubtful).map(({ bottleneck }) => bottleneck.says),
  );
  for (const says of doubts) lines.push(`Warning: ${escaped(says)}`, '');
  const unasked = all.reduce((sum, { result }) => sum + (result.unasked ?? 0), 0);
  if (unasked > 0) lines.push(`Warning: ${count(unasked)} ${unaskedSays}.`, '');
  const machineText = `${machine.cores} cores of ${escaped(machine.cpu)}, ${machine.platform}, Node ${run.node}`;
  lines.push(
    `${machineText}, ${run.startedAt.slice(0, 10)}; ${settings(measurements)}, craft ${run.craft}, bench ${run.number}.`,
  );
  return lines.join('\n');
}

function cells(measurement: Measurement): string[] {
  const { target, spec, result, died } = measurement;
  const { latency, outcomes } = result;
  const times =
    latency === null
      ? ['', '', '', '', '']
      : [latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map(three);
  const cut = died !== undefined ? ' (died)' : result.interrupted ? ' (interrupted)' : '';
  return [
    `${plain(target)}${cut}`,
    count(spec.clients),
    three(result.rate),
    share(outcomes.succeeded, ended(outcomes) + notSent(measurement)),
    ...times,
  ];
}

/** Requests that were due and for which no connection became free in time: to who wanted them they failed. */
function notSent({ spec, result }: Measurement): number {
  return spec.mode.kind === 'open' ? Math.max(0, result.planned - result.sent) : 0;
}

function settings([first]: readonly Measurement[]): string {
  if (first === undefined) return '';
  const { mode, measure, pipeline, keepAlive, seed } = first.spec;
  const left = notSent(first);
  return [
    mode.kind === 'closed' ? 'closed loop' : `open loop at ${three(mode.rate)} requests/s`,
    left === 0 ? '' : `${count(left)} of ${count(first.result.planned)} never sent`,
    measure.ms === undefined ? '' : span(measure.ms),
    measure.requests === undefined ? '' : `${count(measure.requests)} requests`,
    pipeline === 1 ? '' : `pipeline ${pipeline}`,
    keepAlive ? '' : 'no keep-alive',
    `seed ${seed}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function plain({ name }: Target): string {
  return escaped(name);
}

function escaped(text: string): string {
  return cleanLine(text).replaceAll('|', '\\|');
}

function line(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`;
}
