/** A sweep over numbers of clients: the figures, and how they move. */
import type { Measurement } from '../bench/types.ts';
import { deathLines, ended, limitLines, unaskedLines } from './benchparts.ts';
import { curve } from './curve.ts';
import { count, share, three } from './numbers.ts';
import type { Style } from './style.ts';
import { wrap } from './text.ts';

export function sweepSections(measurements: readonly Measurement[], style: Style): string[][] {
  const interrupted = measurements.some(({ result, died }) => result.interrupted && died === undefined);
  const dead = measurements.find(({ died }) => died !== undefined);
  const rows = [
    ['clients', 'requests/s', 'success', 'p50 ms', 'p90', 'p99', 'p99.9', 'max', 'cores', ''],
    ...measurements.map(sweepRow),
  ];
  const points = (of: (each: Measurement) => number | null) =>
    measurements.map((each) => ({ label: count(each.spec.clients), value: of(each) }));
  return [
    interrupted
      ? wrap('Interrupted: these are the figures of what was measured.', style.columns).map((line) =>
          style.yellow(line),
        )
      : [],
    dead === undefined ? [] : deathLines(dead, style),
    ...fitted(rows, style.columns).map((part) =>
      alignedRight(part).map((line, index) => (index === 0 ? style.dim(line) : line)),
    ),
    curve(
      'requests/s over clients',
      points(({ result }) => result.rate),
      three,
      style,
    ),
    curve(
      'p99 over clients, ms',
      points(({ result }) => result.latency?.p99 ?? null),
      three,
      style,
    ),
    [
      ...unaskedLines(
        measurements.map(({ result }) => result),
        '',
        style,
      ),
      ...limitLines(measurements, style),
    ],
  ];
}

function sweepRow({ spec, result, bottleneck }: Measurement): string[] {
  const { latency, outcomes } = result;
  const times =
    latency === null
      ? ['', '', '', '', '']
      : [latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map(three);
  const cores = bottleneck.serverCores === null ? '' : three(bottleneck.serverCores);
  const success = share(outcomes.succeeded, ended(outcomes));
  return [count(spec.clients), three(result.rate), success, ...times, cores, bottleneck.doubtful ? '!' : ''];
}

const gap = '  ';

/** The table in as many as it takes to fit, side by side no more but one under the other: each begins with the clients. */
function fitted(rows: readonly (readonly string[])[], columns: number): string[][][] {
  const widths = widthsOf(rows);
  const groups: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (let column = 1; column < widths.length; column += 1) {
    const more = gap.length + (widths[column] ?? 0);
    if (used + more > columns) {
      groups.push([0]);
      used = widths[0] ?? 0;
    }
    groups.at(-1)?.push(column);
    used += more;
  }
  return groups.map((group) => rows.map((each) => group.map((column) => each[column] ?? '')));
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((each) => each[column]?.length ?? 0)));
}

/** Numbers stand under each other by their right ends. */
function alignedRight(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows);
  return rows.map((each) =>
    each
      .map((cell, column) => cell.padStart(widths[column] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}
