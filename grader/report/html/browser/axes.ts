/** The axes of the charts, and the colours of the theme. */
import type UPlot from 'uplot';
import type { Chart, Tick } from '../chart.ts';

const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The theme's colour of that name. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Never quite empty, from zero where the scale has one, and wide enough to show the limit. */
export function yRange({ y, limit }: Chart, least: number | null, most: number | null): [number, number] {
  const values = [least, most, limit?.value, y.reach].filter((value) => typeof value === 'number');
  const [low, high] = values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
  if (y.scale === 'linear') return [0, high > 0 ? high * 1.12 : 1];
  return [low / 1.5, high * 1.5];
}

function axis(): UPlot.Axis {
  return {
    font,
    labelFont: font,
    stroke: () => colour('soft'),
    grid: { stroke: () => colour('line'), width: 1 },
    ticks: { show: false },
    border: { show: true, stroke: () => colour('line'), width: 1 },
    gap: 7,
  };
}

export function xAxis({ x }: Chart): UPlot.Axis {
  const base = { ...axis(), size: 30, ...(x.label === '' ? {} : { label: x.label, labelSize: 20 }) };
  const { ticks } = x;
  if (ticks === undefined) {
    const values = (_plot: UPlot, splits: number[], _axis: number, _space: number, step: number): string[] =>
      splits.map((at) => date(at, step));
    return { ...base, space: 70, incrs: steps, values };
  }
  return {
    ...base,
    grid: { ...base.grid, show: x.scale === 'log' || ticks.some(({ at }) => !Number.isInteger(at)) },
    splits: () => ticks.map(({ at }) => at),
    filter: (_plot, splits) => splits,
    values: (plot) => withRoom(plot, ticks),
  };
}

export function yAxis({ y, kind, height }: Chart): UPlot.Axis {
  const base = { ...axis(), size: 52, values: (_plot: UPlot, splits: number[]) => splits.map(short) };
  if (kind === 'steps') return { ...base, incrs: [1, 2, 5, 10, 20, 50, 100] };
  if (y.scale === 'linear') return base;
  const all = (_plot: UPlot, splits: number[]): number[] => splits;
  return { ...base, splits: (_plot, _axis, low, high) => logMarks(low, high, height - 70), filter: all };
}

/** 1, 2, 5, 10 …; only 1, 10, 100 where there is no room. */
function logMarks(low: number, high: number, height: number): number[] {
  const room = height / 22;
  const factors = Math.log10(high / low) * 3 > room ? [1] : [1, 2, 5];
  const marks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); 10 ** decade <= high; decade++) {
    marks.push(...factors.map((factor) => factor * 10 ** decade));
  }
  return marks.filter((mark) => mark >= low && mark <= high);
}

/** The texts where all fit beside each other; otherwise the short ones, without those that would run into the one before. */
function withRoom(plot: UPlot, ticks: readonly Tick[]): string[] {
  const texts = fitting(plot, ticks);
  return texts.includes('')
    ? fitting(
        plot,
        ticks.map(({ at, text, short = text }) => ({ at, text: short })),
      )
    : texts;
}

function fitting(plot: UPlot, ticks: readonly Tick[]): string[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.map(({ at, text }) => {
    const middle = plot.valToPos(at, 'x');
    const half = (text.length * 7) / 2;
    if (middle - half < end) return '';
    end = middle + half + 6;
    return text;
  });
}

const day = 86_400;
/** Seconds between the marks of an axis of time. */
const steps = [
  60,
  300,
  900,
  3600,
  10_800,
  21_600,
  ...[1, 2, 5, 10, 20, 50, 100, 200].map((days) => days * day),
];

/** The day where the marks are that far apart, the time otherwise; always UTC, as in the tables. */
function date(at: number, step: number): string {
  const format: Intl.DateTimeFormatOptions =
    step >= day ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit', hour12: false };
  return new Date(at * 1000).toLocaleString('en-GB', { ...format, timeZone: 'UTC' });
}

/** `40k`, `2.5`, `0.05`: what fits beside an axis. Null where the axis has no room. */
function short(value: number | null): string {
  if (value === null) return '';
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).toLowerCase();
}
