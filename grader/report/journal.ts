/** What `craft journal` says on the terminal, and the markdown that it puts into `PERFORMANCE.md`. */
import type { Gain, LoadSpec, Measured, Measurement } from '../bench/types.ts';
import { cleanLine } from './clean.ts';
import type { JournalJson } from './json.ts';
import { count, share, three } from './numbers.ts';
import { shownPath } from './paths.ts';
import type { Style } from './style.ts';
import { indent, padEnd, plural, table, width, wrap } from './text.ts';

type Phase = JournalJson['phases'][number];

export function journal({ path, phases }: JournalJson, cwd: string, style: Style): string {
  const file = shownPath(path, cwd);
  const changed = phases.some(({ action }) => action !== 'unchanged');
  const rows = phases.map((phase) => [
    `${phase.number} ${phase.title}`,
    did(phase, style),
    style.dim(gained(phase)),
  ]);
  const appended = phases.filter(({ action }) => action === 'appended').map(({ number }) => number);
  const note = `The comment lines around the result of ${appended.join(', ')} were gone: it stands at the end of its section now.`;
  return [
    changed ? `${style.green('✓')} ${style.bold(file)}` : `Nothing new for ${file}.`,
    ...indent(table(rows)),
    ...(appended.length === 0 ? [] : wrap(note, style.columns).map((line) => style.yellow(line))),
    ...(changed ? [style.dim('The rest of each section is yours to write.')] : []),
  ].join('\n');
}

function did({ action }: Phase, style: Style): string {
  const words = {
    added: style.green('new section'),
    updated: style.green('result updated'),
    unchanged: style.dim('as it was'),
    appended: style.yellow('result appended'),
  };
  return words[action];
}

function gained({ before, after, ratio }: Phase): string {
  if (before === null) return `bench ${after}`;
  const rate = ratio?.rate ?? null;
  return `bench ${after} after ${before}${rate === null ? '' : `: ${three(rate)} times the requests/s`}`;
}

/** The Result of a phase: a table, the reading of it, and what to doubt. No headings: a section may follow. */
export function resultMarkdown(gain: Gain): string {
  const { before, after, sweep } = gain;
  const said = doubts(gain);
  const blocks = [
    markdownTable(before === undefined ? alone(after) : compared(before, gain)),
    reading(gain),
    ...(said.length === 0 ? [] : [said.map((doubt) => `- ${doubt}`).join('\n')]),
    ...(sweep.length === 0
      ? []
      : [`All client counts of bench ${after.run.number}:`, markdownTable(curve(sweep))]),
  ];
  return `\n${blocks.join('\n\n')}\n\n`;
}

function alone(after: Measured): string[][] {
  return [
    ['', cell(after.measurement.target.name)],
    ...labels.map((label, i) => [label, figures(after)[i] ?? '']),
  ];
}

function compared(before: Measured, { after, ratio }: Gain): string[][] {
  const [old, now] = [figures(before), figures(after)];
  const factors = new Map([
    ['requests/s', ratio?.rate],
    ['p50', ratio?.p50],
    ['p99', ratio?.p99],
    ['p99.9', ratio?.p999],
  ]);
  const rows = labels.map((label, i) => {
    const factor = factors.get(label) ?? null;
    return [label, old[i] ?? '', now[i] ?? '', factor === null ? '' : `${three(factor)} ×`];
  });
  const heads = [before, after].map(({ measurement }) => cell(measurement.target.name));
  return [['', `before: ${heads[0]}`, `after: ${heads[1]}`, 'after / before'], ...rows];
}

const labels = [
  'clients',
  'load',
  'requests/s',
  'success',
  'p50',
  'p99',
  'p99.9',
  'machine',
  'date',
  'bench',
];

function figures({ run, measurement: { spec, result } }: Measured): string[] {
  const ms = (value: number | undefined): string => (value === undefined ? 'none' : `${three(value)} ms`);
  return [
    count(spec.clients),
    loadText(spec),
    three(result.rate),
    share(result.outcomes.succeeded, result.sent),
    ms(result.latency?.p50),
    ms(result.latency?.p99),
    ms(result.latency?.p999),
    cell(machineOf({ run })),
    run.startedAt.slice(0, 10),
    String(run.number),
  ];
}

function machineOf({ run: { machine, node } }: Pick<Measured, 'run'>): string {
  return `${plural(machine.cores, 'core')} of ${machine.cpu}, Node ${node}`;
}

function loadText({ mode, payload, pipeline, keepAlive }: LoadSpec): string {
  return [
    mode.kind === 'closed' ? 'closed loop' : `open loop, ${three(mode.rate)} requests/s offered`,
    ...(payload.kind === 'metrics' && payload.batch > 1 ? [`${payload.batch} metrics a request`] : []),
    ...(pipeline > 1 ? [`${pipeline} under way on each connection`] : []),
    ...(keepAlive ? [] : ['a new connection for each request']),
  ].join(', ');
}

function reading({ before, after, ratio }: Gain): string {
  const exercise = after.measurement.target.name.split(' ')[0] ?? '';
  if (before === undefined)
    return `There is no earlier bench to compare with: change something, then \`npx craft bench ${cell(exercise)}\`.`;
  if (ratio === null)
    return 'The two were loaded in different ways, so there is no ratio. Bench one of them as the other was.';
  const rate = ratio.rate === null ? 'One of the two served nothing' : `${change(ratio.rate, 'requests/s')}`;
  return `${rate}${ratio.p99 === null ? '' : `; p99 is ${three(ratio.p99)} times what it was`}.`;
}

function change(ratio: number, of: string): string {
  return `${three(ratio)} times the ${of} of before`;
}

function doubts({ before, after }: Gain): string[] {
  const sides = before === undefined ? [after] : [before, after];
  const other =
    before !== undefined && machineOf(before) !== machineOf(after)
      ? ['The machine or the Node was not the same: the ratio is theirs as much as yours.']
      : [];
  const each = sides.flatMap(({ run, measurement: { bottleneck, result, died } }) => [
    ...(died === undefined ? [] : [`Bench ${run.number}: the server ended under the load.`]),
    ...(result.interrupted && died === undefined ? [`Bench ${run.number} was cut short.`] : []),
    ...(bottleneck.doubtful ? [`Bench ${run.number}: ${sentence(bottleneck.says)}`] : []),
  ]);
  return [...other, ...each];
}

function curve(sweep: readonly Measurement[]): string[][] {
  const rows = sweep.map(({ spec, result }) => [
    count(spec.clients),
    three(result.rate),
    share(result.outcomes.succeeded, result.sent),
    result.latency === null ? 'none' : `${three(result.latency.p99)} ms`,
  ]);
  return [['clients', 'requests/s', 'success', 'p99'], ...rows];
}

/** Padded as formatters write it, so that a formatter run by the student's editor leaves it as it is. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.map((_, at) => Math.max(3, ...rows.map((row) => width(row[at] ?? '')))) ?? [];
  const line = (cells: readonly string[]): string =>
    `| ${columns.map((wide, at) => padEnd(cells[at] ?? '', wide)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${columns.map((wide) => '-'.repeat(wide)).join(' | ')} |`, ...body.map(line)].join(
    '\n',
  );
}

function sentence(text: string): string {
  const words = cell(text);
  return words.endsWith('.') ? words : `${words}.`;
}

/** Text that was not ours to choose, made harmless in a table and beside comment lines. */
function cell(text: string): string {
  return cleanLine(text)
    .replaceAll(/[|<>`]/g, ' ')
    .trim();
}
