/** A curve in a terminal: one point per value, evenly apart, from 0 up. */
import type { Style } from './style.ts';
import { plural, wrap } from './text.ts';

const height = 8;

export interface Point {
  /** Below the axis: `100`. */
  readonly label: string;
  /** Null where nothing was measured: the curve has a hole. */
  readonly value: number | null;
}

/** The title, the curve, and its axis. Narrow terminals get narrower steps. */
export function curve(
  title: string,
  points: readonly Point[],
  format: (value: number) => string,
  style: Style,
): string[] {
  const top = Math.max(0, ...points.map(({ value }) => value ?? 0));
  if (top === 0) return [];
  const axis = [top, top / 2, 0].map(format);
  const margin = Math.max(...axis.map((text) => text.length));
  const room = style.columns - margin - 6;
  const longest = Math.max(...points.map(({ label }) => label.length));
  const step = Math.max(longest + 1, Math.min(10, Math.floor(room / Math.max(1, points.length))));
  // It is drawn from figures that stand in a table anyway.
  if (step * points.length > style.columns - margin - 2) {
    return wrap(
      `${title}: no room here for a curve of ${plural(points.length, 'point')}.`,
      style.columns,
    ).map((line) => style.dim(line));
  }
  const cells = draw(points, top, step, style);
  const bar = style.unicode ? '│' : '|';
  const lines = cells.map((row, index) => {
    const label = index === 0 ? axis[0] : index === height / 2 ? axis[1] : '';
    return `${(label ?? '').padStart(margin)} ${style.dim(bar)}${row}`.trimEnd();
  });
  const floor = style.unicode
    ? `└${'─'.repeat(step * points.length)}`
    : `+${'-'.repeat(step * points.length)}`;
  const middle = Math.floor((step - 1) / 2);
  const names = points.map(({ label }) => {
    const before = Math.max(0, middle - Math.floor((label.length - 1) / 2));
    return (' '.repeat(before) + label).padEnd(step);
  });
  return [
    title,
    ...lines,
    `${'0'.padStart(margin)} ${style.dim(floor)}`,
    `${' '.repeat(margin + 2)}${names.join('')}`.trimEnd(),
  ];
}

/** Rows from the top; points as marks, the way between them as dots. */
function draw(points: readonly Point[], top: number, step: number, style: Style): string[] {
  const [mark, dot] = style.unicode ? ['●', '·'] : ['o', '.'];
  const rows = Array.from({ length: height }, () => Array.from({ length: step * points.length }, () => ' '));
  const put = (x: number, value: number, character: string): void => {
    const row = rows[Math.min(height - 1, Math.round((1 - value / top) * height))];
    if (row !== undefined && (row[x] === ' ' || character === mark)) row[x] = character;
  };
  points.forEach(({ value }, index) => {
    if (value === null) return;
    const x = index * step + Math.floor((step - 1) / 2);
    put(x, value, mark ?? '');
    const next = points[index + 1]?.value;
    if (next === undefined || next === null) return;
    for (let i = 1; i < step; i += 1) put(x + i, value + ((next - value) * i) / step, dot ?? '');
  });
  const paint = (character: string): string =>
    character === mark ? style.cyan(character) : character === dot ? style.dim(character) : character;
  return rows.map((row) => row.map(paint).join(''));
}
