/** The latencies of a run as rows of bars. Each row is a fixed factor wider than the one above: tails stay in sight. */
import { bar } from './bars.ts';
import type { Recorded } from './latencies.ts';
import { count } from './numbers.ts';
import type { Style } from './style.ts';
import { padEnd, width } from './text.ts';

/** Where rows begin within a power of ten, from fine to coarse; the first that needs few enough rows is used. */
const scales: readonly (readonly number[])[] = [
  [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1, 3],
  [1],
];
const mostRows = 14;

interface Row {
  /** From (excluded) and to (included), ms. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** A latency to name beside its row: `p99`. */
export interface Mark {
  readonly name: string;
  readonly ms: number;
}

/** Nothing for a run without a success. */
export function histogram(recorded: readonly Recorded[], marks: readonly Mark[], style: Style): string[] {
  const rows = rowsOf(recorded);
  const most = Math.max(...rows.map((row) => row.count));
  const labels = rows.map(({ from, to }) => [bound(from), bound(to)] as const);
  const wide = (index: 0 | 1): number => Math.max(...labels.map((label) => label[index].length));
  const counts = Math.max(...rows.map((row) => count(row.count).length));
  const columns = barColumns(style.columns - wide(0) - wide(1) - counts);
  const dash = style.unicode ? '–' : '-';
  return rows.flatMap((row, index) => {
    if (isGap(rows, index)) return isGap(rows, index - 1) ? [] : [style.dim(style.unicode ? '⋮' : ':')];
    const [from = '', to = ''] = labels[index] ?? [];
    const label = `${from.padStart(wide(0))} ${dash} ${to.padStart(wide(1))} ms`;
    const drawn = padEnd(style.cyan(bar(row.count / most, columns, style.unicode)), columns);
    const figures = `${style.dim(label)}  ${columns === 0 ? '' : `${drawn}  `}${count(row.count).padStart(counts)}`;
    const names = marks.filter(({ ms }) => ms > row.from && ms <= row.to).map(({ name }) => name);
    const whole = `${figures}  ${names.join(' ')}`.trimEnd();
    return width(whole) + 2 <= style.columns ? [whole] : [figures, `  ${names.join(' ')}`];
  });
}

/** Of `room` for all but labels and counts. On a narrow terminal the bars get short, then go: the counts say the same. */
function barColumns(room: number): number {
  if (room >= 40) return Math.min(44, room - 32);
  const least = room - spacesAndNames;
  return least < 3 ? 0 : Math.min(8, least);
}

/** The indent, what stands between the columns of a row, and three names of marks. */
const spacesAndNames = 25;

/** Three empty rows or more in a stretch say no more than one does. */
function isGap(rows: readonly Row[], index: number): boolean {
  const empty = (at: number): boolean => rows[at]?.count === 0;
  if (!empty(index)) return false;
  let from = index;
  let to = index;
  while (empty(from - 1)) from -= 1;
  while (empty(to + 1)) to += 1;
  return to - from >= 2;
}

function rowsOf(recorded: readonly Recorded[]): Row[] {
  const [first, last] = [recorded[0], recorded.at(-1)];
  if (first === undefined || last === undefined) return [];
  // The resolution is a microsecond: nothing is faster than the first row's end.
  const fastest = Math.max(first.ms, 0.001);
  const slowest = Math.max(last.ms, fastest);
  for (const scale of scales) {
    const bounds = boundsFor(scale, fastest, slowest);
    if (bounds.length - 1 > mostRows && scale.length > 1) continue;
    return bounds
      .slice(1)
      .map((to, index) => ({ from: bounds[index] ?? 0, to, count: 0 }))
      .map((row) => ({
        ...row,
        count: recorded.reduce(
          (sum, { ms, count: n }) => (inside(Math.max(ms, 0.001), row) ? sum + n : sum),
          0,
        ),
      }));
  }
  return [];
}

function inside(ms: number, { from, to }: Row): boolean {
  return ms > from && ms <= to;
}

/** Bounds around the values: the first below the fastest, the last at or above the slowest. */
function boundsFor(scale: readonly number[], fastest: number, slowest: number): number[] {
  const bounds: number[] = [];
  for (let power = Math.floor(Math.log10(fastest)) - 1; ; power += 1) {
    for (const step of scale) {
      const value = Number((step * 10 ** power).toPrecision(3));
      if (value < fastest) bounds.splice(0, bounds.length, value);
      else bounds.push(value);
      if (value >= slowest) return bounds;
    }
  }
}

function bound(ms: number): string {
  return ms.toLocaleString('en-US', { maximumFractionDigits: 4 });
}
