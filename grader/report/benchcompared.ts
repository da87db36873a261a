/** A bench beside others: the server that was loaded in turn with it, earlier runs, and what was predicted. */
import type { Comparison, Measurement, PredictedFigure, PredictionCheck, Ratio } from '../bench/types.ts';
import { deathLines, unaskedLines } from './benchparts.ts';
import { cleanLine } from './clean.ts';
import { moment, three } from './numbers.ts';
import type { Style } from './style.ts';
import { indent, plural, table, width, wrap } from './text.ts';
import type { BenchView, EarlierBench } from './views.ts';

/** `--vs`: both loaded in turn, within the same minute, on the same machine. */
export function comparisonLines({ run }: BenchView, style: Style): string[] {
  const [own] = run.measurements;
  const { comparison } = run;
  if (own === undefined || comparison === undefined) return [];
  const { measured, other } = comparison;
  const name = cleanLine(other.name);
  const rows = [
    ['requests/s', `${ratio(comparison.rate)} as many`, against(own.result.rate, measured.result.rate)],
    ...latencyRow('p50', comparison, own, measured),
    ...latencyRow('p99', comparison, own, measured),
  ];
  const heading = `against ${name}: ${plural(comparison.rounds, 'turn')} each, in alternation`;
  const limit = measured.bottleneck.doubtful
    ? wrap(`warning: of ${name}: ${cleanLine(measured.bottleneck.says)}`, style.columns - 2).map((line) =>
        style.yellow(line),
      )
    : [];
  return [
    ...wrap(heading, style.columns).map((line) => style.bold(line)),
    ...indent(figures(rows, style.columns - 2)),
    ...indent(wrap(verdict(comparison, name), style.columns - 2)),
    ...indent(limit),
    ...unaskedLines([measured.result], `of ${name}: `, style),
  ];
}

/** `--vs` that one of the servers did not survive: the figures of both, and no word about which is more. */
export function brokenOffLines({ run }: BenchView, style: Style): string[] {
  const { brokenOff } = run;
  if (brokenOff === undefined) return [];
  const { other, measured, died } = brokenOff;
  const name = cleanLine(other.name);
  const figure = (each: Measurement): string => {
    const { rate, latency } = each.result;
    const tail = latency === null ? '' : `, p50 ${three(latency.p50)} ms, p99 ${three(latency.p99)} ms`;
    return `${name} until then: ${three(rate)} requests/s${tail}`;
  };
  const result = measured?.result ?? run.measurements[0]?.result;
  return [
    ...wrap(`against ${name}: broken off`, style.columns).map((line) => style.bold(line)),
    ...(died !== undefined && result !== undefined
      ? indent(deathLines({ died, result }, { ...style, columns: style.columns - 2 }))
      : []),
    ...indent(wrap(measured === undefined ? `${name} had no turn.` : figure(measured), style.columns - 2)),
    ...indent(wrap('A server that ended is no measure of another: nothing is compared.', style.columns - 2)),
  ];
}

/** As a table where there is room for one; else each ratio with its figures below it. */
function figures(rows: readonly (readonly string[])[], columns: number): string[] {
  const lines = table(rows);
  if (Math.max(...lines.map(width)) <= columns) return lines;
  return rows.flatMap(([label = '', ...cells]) => [
    label,
    ...cells.flatMap((cell) => indent(wrap(cell, columns - 2))),
  ]);
}

/** `1.82 times (1.75–1.90)` */
export function ratio({ value, low, high }: Ratio): string {
  return `${factor(value)} times (${factor(low)}–${factor(high)})`;
}

/** Ratios are read to the second decimal; one that is not 1 does not look like it. */
function factor(value: number): string {
  if (value >= 10) return three(value);
  const text = value.toFixed(2);
  return text === '1.00' ? value.toFixed(3).replace('1.000', '1.00') : text;
}

function latencyRow(
  name: 'p50' | 'p99',
  comparison: Comparison,
  own: Measurement,
  other: Measurement,
): string[][] {
  const of = comparison[name];
  const [mine, its] = [own.result.latency?.[name], other.result.latency?.[name]];
  if (of === null || mine === undefined || its === undefined) return [];
  return [[`${name} ms`, `${ratio(of)} as long`, against(mine, its)]];
}

function against(own: number, other: number): string {
  return `${three(own)} against ${three(other)}`;
}

/** What the interval of 95 % allows to say. */
function verdict({ rate, rounds }: Comparison, name: string): string {
  if (rounds < 2) return 'One turn is no comparison: run it longer.';
  if (rate.low > 1) return `Yours serves more than ${name} does; the interval of 95 % is above 1.`;
  if (rate.high < 1) return `Yours serves less than ${name} does; the interval of 95 % is below 1.`;
  return 'No difference in requests/s that this run can tell: the interval of 95 % holds 1.';
}

/** What it was before, and what was thought. */
export function contextLines({ run, last, phase, prediction }: BenchView, style: Style): string[] {
  const own = run.measurements.length === 1 ? run.measurements[0] : undefined;
  if (own === undefined) return [];
  const lines = [
    ...(last === undefined ? [] : earlier('last run', last, own, style)),
    ...(phase === undefined ? [] : earlier(`phase before (${cleanLine(phase.name)})`, phase, own, style)),
  ];
  const note = 'Runs of different minutes differ by what else the machine did; --vs loads both in turn.';
  return [
    ...lines,
    ...(lines.length === 0 ? [] : indent(wrap(note, style.columns - 2).map((line) => style.dim(line)))),
    ...(prediction === undefined ? [] : predicted(prediction, style)),
  ];
}

function earlier(label: string, before: EarlierBench, { result }: Measurement, style: Style): string[] {
  const { number, startedAt, rate, p99 } = before;
  const change = rate === 0 || result.rate === 0 ? '' : ` (now ${factor(result.rate / rate)} times that)`;
  const tail = p99 === null ? '' : `, p99 ${three(p99)} ms`;
  return [
    ...wrap(`${label}: bench ${number}, ${moment(startedAt)}`, style.columns),
    ...indent(wrap(`${three(rate)} requests/s${change}${tail}`, style.columns - 2)),
  ];
}

/** The guess stays what it was; only the figures in it can be held against the run. */
function predicted({ prediction, figures }: PredictionCheck, style: Style): string[] {
  if (figures.length === 0) return wrap(`You predicted: ${cleanLine(prediction.answer)}`, style.columns);
  return wrap(`You predicted ${figures.map(guessed).join('; ')}.`, style.columns);
}

const units = { rate: 'requests/s', p99: 'ms at p99' } as const;

function guessed({ what, predicted: guess, measured, ratio: quotient }: PredictedFigure): string {
  const text = `${three(guess)} ${units[what]}`;
  if (measured === null) return `${text}, and nothing could be measured`;
  if (quotient === null) return `${text}, measured ${three(measured)}`;
  return `${text}, measured ${three(measured)}: ${times(quotient)}`;
}

function times(quotient: number): string {
  if (quotient > 0.9 && quotient < 1.1) return 'close';
  return `${factor(quotient)} times your guess`;
}
