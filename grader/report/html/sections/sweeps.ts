/** Requests a second and p99 over the number of clients: where the server is full, and what waiting costs then. */
import { type Chart, maxSeries } from '../chart.ts';
import type { ReportData, RunFigures } from '../data.ts';
import type { Figure, Section } from '../section.ts';
import { count, day, markNotes, marks, ms, perSecond, plural, runName, three } from '../words.ts';

export function sweeps(data: ReportData): Section {
  const found = newest(data.runs);
  const lead =
    'The same load with more and more clients. Where requests/s stop rising the server is full; from there on ' +
    'more clients only wait longer, and the p99 says how long.';
  const base = { id: 'sweeps', title: 'More and more clients', lead };
  if (found.length === 0) {
    const empty = { text: 'No sweep yet. Try one:', command: 'bench 0.6 --sweep 1,10,50,100,200,500' };
    return { ...base, figures: [], empty };
  }
  const all = found.flat();
  const table = {
    head: [
      { text: 'Run' },
      { text: 'Clients', number: true as const },
      { text: 'Requests/s', number: true as const },
      { text: 'p50', number: true as const },
      { text: 'p99', number: true as const },
      { text: 'Failed', number: true as const },
    ],
    rows: all.map((run) => [
      `${runName(run)}${marks(run)}`,
      count(run.clients),
      three(run.rate),
      ms(run.p50),
      ms(run.p99),
      count(run.failed),
    ]),
    notes: markNotes(all),
  };
  const rate = { value: (run: RunFigures) => run.rate, text: (run: RunFigures) => perSecond(run.rate) };
  const p99 = { value: (run: RunFigures) => run.p99, text: (run: RunFigures) => ms(run.p99) };
  const figures: Figure[] = [
    {
      title: 'Requests per second',
      caption: 'Higher is better; the bend is the server’s capacity.',
      small: true,
      chart: curve(
        'chart-sweep-rate',
        'Requests per second over clients',
        'linear',
        'requests/s',
        found,
        rate,
      ),
      table,
    },
    {
      title: 'p99 latency',
      caption: 'Lower is better; a straight rise after the bend is a queue at work.',
      small: true,
      chart: curve('chart-sweep-p99', 'p99 latency over clients', 'log', 'p99, ms, log scale', found, p99),
      table,
    },
  ];
  return { ...base, figures };
}

/** The sweeps drawn, newest first, each in rising order of clients. */
function newest(runs: readonly RunFigures[]): RunFigures[][] {
  const byRun = new Map<number, RunFigures[]>();
  for (const run of runs) {
    if (run.part === 'sweep') byRun.set(run.run, [...(byRun.get(run.run) ?? []), run]);
  }
  return [...byRun.values()]
    .map((measurements) => measurements.sort((a, b) => a.clients - b.clients))
    .reverse()
    .slice(0, Math.min(4, maxSeries));
}

interface Read {
  value(run: RunFigures): number | null;
  text(run: RunFigures): string;
}

function curve(
  id: string,
  title: string,
  scale: 'linear' | 'log',
  label: string,
  found: readonly (readonly RunFigures[])[],
  read: Read,
): Chart {
  const counts = [...new Set(found.flat().map(({ clients }) => clients))].sort((a, b) => a - b);
  const [first = 1, last = 1] = [counts[0], counts.at(-1)];
  return {
    id,
    title,
    kind: 'line',
    x: {
      scale: 'log',
      label: 'clients, log scale',
      values: counts,
      texts: counts.map((clients) => plural(clients, 'client')),
      ticks: counts.map((at) => ({ at, text: count(at) })),
      range: [first / 1.25, last * 1.25],
    },
    y: { scale, label },
    series: found.map((runs) => {
      const own = new Map(runs.map((run) => [run.clients, run]));
      const each = counts.map((clients) => own.get(clients));
      const [run] = runs;
      return {
        name: run === undefined ? '' : `${runName(run)}, ${day(run.startedAt)}`,
        values: each.map((found) => (found === undefined ? null : read.value(found))),
        texts: each.map((found) => (found === undefined ? '–' : read.text(found))),
        spanGaps: true,
      };
    }),
    dots: true,
    height: 260,
  };
}
