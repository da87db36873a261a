/** A sweep over numbers of clients: the figures, and how they move. */
import type { Measurement } from '../bench/types.ts';
import { deathLines, ended, limitLines } from './benchparts.ts';
import { curve } from './curve.ts';
import { count, share, three } from './numbers.ts';
import type { Style } from './style.ts';

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
    interrupted ? [style.yellow('Interrupted: these are the figures of what was measured.')] : [],
    dead === undefined ? [] : deathLines(dead, style),
    alignedRight(rows).map((line, index) => (index === 0 ? style.dim(line) : line)),
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
    limitLines(measurements, style),
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

/** Numbers stand under each other by their right ends. */
function alignedRight(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((each) => each[column]?.length ?? 0)),
  );
  return rows.map((each) =>
    each
      .map((cell, column) => cell.padStart(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
