/** What `craft list` shows: one line per exercise, grouped by craft. */
import { figure } from './gates.ts';
import type { ListJson } from './json.ts';
import { three } from './numbers.ts';
import type { Style } from './style.ts';
import { plural, table } from './text.ts';

type Row = ListJson['exercises'][number];

export function list(data: ListJson, style: Style): string {
  const groups = data.crafts.map(({ craft, passed, total }) => {
    const rows = data.exercises.filter((exercise) => exercise.craft === craft);
    const lines = table(rows.map((row) => cells(row, data, style)));
    return [`${style.bold(craft)}  ${bar(passed, total, style)} ${passed} of ${total} passed`, ...lines].join(
      '\n',
    );
  });
  const footer = style.dim(`→ is where you are. Go on: npx craft next · move: npx craft next <number>`);
  return [...groups, footer].join('\n\n');
}

function cells(row: Row, data: ListJson, style: Style): string[] {
  const here = row.id === data.current ? style.cyan('→') : ' ';
  const mark = { passed: style.green('✓'), open: style.yellow('○'), locked: style.dim('·') }[row.status];
  const title = row.status === 'locked' ? style.dim(row.title) : row.title;
  return [
    `${here} ${mark} ${row.number}`,
    title,
    style.dim(`${row.minutes} min`),
    attempts(row, style),
    facts(row, data, style),
  ];
}

function attempts(row: Row, style: Style): string {
  return row.attempts === 0 ? '' : style.dim(plural(row.attempts, 'attempt'));
}

function facts(row: Row, data: ListJson, style: Style): string {
  if (row.status === 'locked') {
    const numbers = row.missing.map(
      (id) => data.exercises.find((exercise) => exercise.id === id)?.number ?? id,
    );
    return style.dim(`locked: pass ${numbers.join(', ')} first`);
  }
  const best = [
    ...Object.entries(row.best).map(([gate, { value, unit }]) =>
      `${gate} ${figure(value)} ${unit}`.trimEnd(),
    ),
    ...(row.bench === undefined ? [] : [`bench ${three(row.bench.rate)} requests/s`]),
  ];
  const seen = row.gaveUp === undefined ? [] : ['solution seen before a pass'];
  return [...seen, ...(best.length === 0 ? [] : [`best: ${best.join(', ')}`])].join('; ');
}

function bar(passed: number, total: number, style: Style): string {
  const cellCount = 14;
  const full = total === 0 ? 0 : Math.floor((passed / total) * cellCount);
  return style.green('█'.repeat(full)) + style.dim('░'.repeat(cellCount - full));
}
