/** Latency percentiles of several runs over each other: what the median hides. */
import { type Chart, maxSeries } from '../chart.ts';
import type { ReportData, RunFigures } from '../data.ts';
import type { Section } from '../section.ts';
import { count, load, markNotes, marks, ms, runName } from '../words.ts';
import { fastest } from './phases.ts';

export function latency(data: ReportData): Section {
  const all = data.runs.filter((run) => run.curve.length > 0);
  const chosen = choose(all);
  const lead =
    'Read it from left to right: half of the requests were answered within the first value, 99 of 100 within ' +
    'the one at 99 %, and the curve’s right end is what the unluckiest waited. A curve that stays flat is a ' +
    'server that treats everyone alike.';
  const base = { id: 'latency', title: 'Latency percentiles', lead };
  if (chosen.length === 0) {
    return { ...base, figures: [], empty: { text: 'No runs yet. Load your server:', command: 'bench 0.6' } };
  }
  const left = all.length - chosen.length;
  const others = left === 0 ? '' : ` ${count(left)} other measurements are not drawn.`;
  return {
    ...base,
    figures: [
      {
        title: 'Latency by percentile',
        caption: `The newest run of each server, what it was compared with, and the best.${others} Both axes are stretched: each step to the right is ten times rarer.`,
        chart: percentiles(chosen),
        table: {
          head: [
            { text: 'Run' },
            { text: 'Load' },
            { text: 'Requests', number: true },
            ...shownAt.map(([, text]) => ({ text, number: true as const })),
            { text: 'max', number: true },
          ],
          rows: chosen.map((run) => [
            `${runName(run)}${marks(run)}`,
            load(run),
            count(run.succeeded),
            ...shownAt.map(([percentile]) => ms(at(run, percentile))),
            ms(run.max),
          ]),
          notes: markNotes(chosen),
        },
      },
    ],
  };
}

/** The newest of each target, then the best of each exercise, then others, newest first: as many as there are colours. */
function choose(runs: readonly RunFigures[]): RunFigures[] {
  const chosen = new Set<RunFigures>();
  const newest = [...runs].reverse();
  const key = ({ target, offered }: RunFigures): string => `${target} ${offered === null}`;
  const targets = new Set(newest.map(key));
  for (const target of targets) {
    const [first] = newest.filter((run) => key(run) === target);
    // Of a sweep, the count that served most.
    const same = newest.filter((run) => key(run) === target && run.run === first?.run);
    const best = fastest(same);
    if (best !== undefined) chosen.add(best);
  }
  for (const exercise of new Set(newest.map((run) => run.exercise))) {
    const best = fastest(newest.filter((run) => run.exercise === exercise && run.counts));
    if (best !== undefined) chosen.add(best);
  }
  for (const run of newest) if (run.part === 'single') chosen.add(run);
  return [...chosen].slice(0, maxSeries);
}

const shownAt = [
  [50, 'p50'],
  [90, 'p90'],
  [99, 'p99'],
  [99.9, 'p99.9'],
  [99.99, 'p99.99'],
] as const;

function at({ curve }: RunFigures, percentile: number): number | null {
  return curve.find(([each]) => Math.abs(each - percentile) < 1e-9)?.[1] ?? null;
}

/** How many nines: 90 % is 1, 99 % is 2. On this axis each step is ten times rarer. */
function nines(percentile: number): number {
  return Number((-Math.log10(1 - percentile / 100)).toFixed(6));
}

/** `p99.37`: as many digits as tell it from its neighbours. */
function named(percentile: number): string {
  return `p${Number(percentile.toFixed(Math.ceil(nines(percentile))))}`;
}

function percentiles(runs: readonly RunFigures[]): Chart {
  const grid = [...new Set(runs.flatMap(({ curve }) => curve.map(([percentile]) => percentile)))].sort(
    (a, b) => a - b,
  );
  const last = grid.at(-1) ?? 99;
  return {
    id: 'chart-latency',
    title: 'Latency by percentile',
    kind: 'line',
    x: {
      scale: 'linear',
      label: 'share of requests answered within that time',
      values: grid.map(nines),
      texts: grid.map(named),
      ticks: shownAt.map(([percentile]) => ({ at: nines(percentile), text: `${percentile} %` })),
      range: [nines(50), Math.max(nines(last), 2)],
    },
    y: { scale: 'log', label: 'ms, log scale' },
    series: runs.map((run) => {
      const own = new Map(run.curve);
      const values = grid.map((percentile) => own.get(percentile) ?? null);
      return { name: `${runName(run)}, ${load(run)}`, values, texts: values.map(ms), spanGaps: true };
    }),
    dots: false,
    height: 360,
  };
}
