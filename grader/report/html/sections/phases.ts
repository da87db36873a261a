/** Requests a second and p99 of each exercise that answers HTTP: how the platform became faster. */
import type { Chart, ChartSeries } from '../chart.ts';
import type { ComparisonFigures, ExerciseFigures, RatioFigures, ReportData, RunFigures } from '../data.ts';
import type { Figure, Section, Table } from '../section.ts';
import { count, day, load, markNotes, marks, ms, perSecond, runName, three } from '../words.ts';

/** One exercise with the runs that stand for it. */
interface Phase {
  readonly exercise: ExerciseFigures;
  /** None while every run had failures, or was limited by something other than the server. */
  readonly best: RunFigures | undefined;
  readonly latest: RunFigures;
}

export function phases(data: ReportData): Section {
  const found = findPhases(data);
  const lead =
    'How much each phase of the platform serves under full load, and how long the slowest hundredth of its ' +
    'requests waits. Only closed-loop runs are compared here: each client sends its next request when it has ' +
    'its answer.';
  const base = { id: 'phases', title: 'Phase by phase', lead };
  const comparisons = data.comparisons.length === 0 ? [] : [compared(data.comparisons)];
  if (found.length === 0 && comparisons.length === 0) {
    return { ...base, figures: [], empty: { text: 'No runs yet. Load your server:', command: 'bench 0.6' } };
  }
  return { ...base, figures: [...(found.length === 0 ? [] : bars(found)), ...comparisons] };
}

function findPhases(data: ReportData): Phase[] {
  return data.exercises.flatMap((exercise) => {
    const own = data.runs.filter((run) => run.exercise === exercise.id && isCapacity(run));
    const best = fastest(own.filter(({ counts }) => counts));
    const newest = own.at(-1)?.run;
    // Of a sweep, the client count that served most.
    const latest = fastest(own.filter(({ run }) => run === newest));
    return latest === undefined ? [] : [{ exercise, best, latest }];
  });
}

/** A closed-loop run of the student's own: an open one serves what is due, however much it could. */
function isCapacity(run: RunFigures): boolean {
  return run.offered === null && run.part !== 'other';
}

/** Of several, the one with most successes a second. */
export function fastest(runs: readonly RunFigures[]): RunFigures | undefined {
  return runs.reduce<RunFigures | undefined>(
    (best, run) => (best === undefined || run.rate > best.rate ? run : best),
    undefined,
  );
}

function bars(found: readonly Phase[]): Figure[] {
  const runs = found.flatMap(({ best, latest }) =>
    best === undefined || best === latest ? [latest] : [best, latest],
  );
  const notes = markNotes(runs);
  return [
    {
      title: 'Requests per second',
      caption: 'The best run of each phase without a failure, and the latest. Taller is better.',
      small: true,
      chart: barChart('chart-rate', 'Requests per second of each phase', 'requests/s', found, {
        value: ({ rate }) => rate,
        text: ({ rate }) => perSecond(rate),
      }),
      table: { ...rateTable(runs), notes },
    },
    {
      title: 'p99 latency',
      caption:
        'Of the same runs: 99 of 100 requests were answered within this time. Shorter is better, but mind how many clients there were: more of them wait longer.',
      small: true,
      chart: barChart('chart-p99', 'p99 latency of each phase', 'p99, ms', found, {
        value: ({ p99 }) => p99,
        text: ({ p99 }) => ms(p99),
      }),
      table: { ...latencyTable(runs), notes },
    },
  ];
}

function rateTable(runs: readonly RunFigures[]): Table {
  return {
    head: [
      { text: 'Run' },
      { text: 'Load' },
      { text: 'Requests/s', number: true },
      { text: 'Failed', number: true },
    ],
    rows: runs.map((run) => [
      `${runName(run)}${marks(run)}, ${day(run.startedAt)}`,
      load(run),
      three(run.rate),
      run.failed === 0 ? '0' : `${count(run.failed)} of ${count(run.failed + run.succeeded)}`,
    ]),
  };
}

function latencyTable(runs: readonly RunFigures[]): Table {
  return {
    head: [
      { text: 'Run' },
      { text: 'Load' },
      { text: 'p50', number: true },
      { text: 'p99', number: true },
      { text: 'p99.9', number: true },
    ],
    rows: runs.map((run) => [
      `${runName(run)}${marks(run)}, ${day(run.startedAt)}`,
      load(run),
      ms(run.p50),
      ms(run.p99),
      ms(run.p999),
    ]),
  };
}

interface Read {
  value(run: RunFigures): number | null;
  text(run: RunFigures): string;
}

function barChart(id: string, title: string, label: string, found: readonly Phase[], read: Read): Chart {
  const series = (name: string, runs: readonly (RunFigures | undefined)[]): ChartSeries => ({
    name,
    values: runs.map((run) => (run === undefined ? null : read.value(run))),
    texts: runs.map((run) => (run === undefined ? '–' : `${read.text(run)}, ${load(run)}`)),
    labels: runs.map((run) => (run === undefined ? '' : read.text(run))),
    spanGaps: false,
  });
  return {
    id,
    title,
    kind: 'bars',
    x: {
      scale: 'linear',
      label: '',
      values: found.map((_phase, index) => index),
      texts: found.map(({ exercise }) => `${exercise.number} ${exercise.title}`),
      ticks: found.map(({ exercise }, at) => ({
        at,
        text: `${exercise.number} ${exercise.title}`,
        short: exercise.number,
      })),
      range: [-0.5, found.length - 0.5],
    },
    y: { scale: 'linear', label },
    series: [
      series(
        'best run',
        found.map(({ best }) => best),
      ),
      series(
        'latest run',
        found.map(({ latest }) => latest),
      ),
    ],
    dots: false,
    height: 240,
  };
}

function compared(comparisons: readonly ComparisonFigures[]): Figure {
  const newest = [...comparisons].reverse();
  return {
    title: 'Side by side',
    caption:
      'Newest first. Both servers were loaded in turn, within minutes of each other. ' +
      'In brackets: where the true ratio lies, 95 times of 100.',
    open: true,
    table: {
      head: [
        { text: 'Run' },
        { text: 'Against' },
        { text: 'Requests/s', number: true },
        { text: 'p50', number: true },
        { text: 'p99', number: true },
        { text: 'In words' },
      ],
      rows: newest.map((each) => [
        `#${each.run} ${each.target}`,
        each.other,
        ratio(each.rate),
        ratio(each.p50),
        ratio(each.p99),
        inWords(each),
      ]),
    },
  };
}

function ratio(value: RatioFigures | null): string {
  if (value === null) return '–';
  return `${value.value.toFixed(2)}× (${value.low.toFixed(2)}–${value.high.toFixed(2)})`;
}

/** An interval around 1 decides nothing. */
function inWords({ rate, other }: ComparisonFigures): string {
  if (rate.low <= 1 && rate.high >= 1) return `no difference from ${other} that shows`;
  const share = Math.round(Math.abs(rate.value - 1) * 100);
  return `${share} % ${rate.value > 1 ? 'more' : 'fewer'} requests/s than ${other}`;
}
