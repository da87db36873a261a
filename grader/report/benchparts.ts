/** The parts of a bench report that every kind of run has: its failures, how its server ended, what set the limit. */
import type { LoadResult, Measurement, Outcomes } from '../bench/types.ts';
import { cleanLine } from './clean.ts';
import { count, share, span, three } from './numbers.ts';
import type { Style } from './style.ts';
import { hang, indent, width, wrap } from './text.ts';

/** How a server ended that died under load, with its last words. */
export function deathLines({ died, result }: Pick<Measurement, 'died' | 'result'>, style: Style): string[] {
  if (died === undefined) return [];
  const said = died.output
    .trim()
    .split('\n')
    .map(cleanLine)
    .filter((line) => line.trim() !== '')
    .slice(-6);
  return [
    ...hang(
      style.red('✗ '),
      wrap(`${span(result.ms)} into the load: ${cleanLine(died.says)}`, style.columns - 2),
    ),
    ...(said.length === 0
      ? indent(['It printed nothing.'])
      : indent([
          `It last printed:`,
          ...indent(said.flatMap((line) => fold(line, style.columns - 4).map((part) => style.dim(part)))),
        ])),
    '',
  ];
}

/** What a program printed keeps its spaces; a line that is too long is cut where the terminal would cut it. */
function fold(line: string, columns: number): string[] {
  if (width(line) <= columns) return [line];
  const characters = [...line];
  const parts: string[] = [];
  for (let part = ''; characters.length > 0; part = '') {
    while (characters.length > 0 && (part === '' || width(part + characters[0]) <= columns))
      part += characters.shift();
    parts.push(part);
  }
  return parts;
}

/** A label and its figure. */
export function row(label: string, text: string): string {
  return `${label.padEnd(12)}${text}`;
}

const kinds = {
  wrongBody: 'the right status with a wrong body',
  timeouts: 'timed out',
  resets: 'connection ended before the reply was whole',
  refused: 'connection refused',
  garbage: 'no HTTP reply that this client reads',
} as const;

/** A label and its figure, in as many lines as it needs; `paint` is for the figure. */
function rows(label: string, text: string, { columns }: Style, paint = (line: string) => line): string[] {
  const first = row(label, '');
  const room = columns - first.length - 2;
  return hang(
    first,
    (width(text) <= room ? [text] : wrap(text, room)).map((line) => paint(line)),
  );
}

/** What more replies than requests mean for the figures. */
export const unaskedSays =
  'replies that nobody asked for: replies before them may have been counted for the wrong request, so believe no latency here';

/** The same as a sentence of its own, where there is no list of failures. */
export function unaskedLines(results: readonly LoadResult[], whose: string, style: Style): string[] {
  const all = results.reduce((sum, { unasked = 0 }) => sum + unasked, 0);
  if (all === 0) return [];
  const text = wrap(`Warning: ${whose}${count(all)} ${unaskedSays}.`, style.columns - 2);
  return indent(text.map((line) => style.red(line)));
}

/** Successes, and each way to fail with its count: largest first. */
export function outcomeLines({ result, spec }: Measurement, style: Style): string[] {
  const { outcomes } = result;
  const total = ended(outcomes);
  const failures = failuresOf(outcomes);
  const ok = `${count(outcomes.succeeded)}  ${share(outcomes.succeeded, total)}, status ${spec.expect.status}`;
  const lines = rows(
    'succeeded',
    ok,
    style,
    failures.length === 0 && total > 0 && result.unasked === undefined ? style.green : undefined,
  );
  if (failures.length > 0) {
    const failed = failures.reduce((sum, { n }) => sum + n, 0);
    lines.push(...rows('failed', `${count(failed)}  ${share(failed, total)}`, style, style.red));
    const wide = Math.max(...failures.map(({ n }) => count(n).length));
    for (const { n, says } of failures) {
      const first = row('', `${count(n).padStart(wide)}  `);
      lines.push(...hang(first, wrap(says, style.columns - first.length - 2)));
    }
  }
  const { unasked } = result;
  if (unasked !== undefined) {
    const first = row('unasked', `${count(unasked)}  `);
    const told = hang(first, wrap(unaskedSays, style.columns - first.length - 2));
    lines.push(...told.map((line) => style.red(line)));
  }
  const room = style.columns - 20;
  for (const example of failures.length > 0 || unasked !== undefined ? result.examples.slice(0, 3) : []) {
    const text = wrap(cleanLine(example).slice(0, 200), room).flatMap((line) => fold(line, room));
    lines.push(...hang(row('', 'e.g. '), text).map((line) => style.dim(line)));
  }
  return indent(lines);
}

export function ended(outcomes: Outcomes): number {
  return outcomes.succeeded + failuresOf(outcomes).reduce((sum, { n }) => sum + n, 0);
}

/** Each kind of failure that happened, most frequent first. */
export function failuresOf(outcomes: Outcomes): { n: number; says: string }[] {
  const statuses = Object.entries(outcomes.statuses).map(([status, n]) => ({ n, says: `status ${status}` }));
  const others = Object.entries(kinds).map(([kind, says]) => ({
    n: outcomes[kind as keyof typeof kinds],
    says,
  }));
  return [...statuses, ...others].filter(({ n }) => n > 0).toSorted((a, b) => b.n - a.n);
}

export function latencyLines({ result: { latency } }: Measurement, style: Style): string[] {
  if (latency === null) return indent([row('latency', 'none: no request succeeded')]);
  const { p50, p90, p99, p999, max } = latency;
  const cells = Object.entries({ p50, p90, p99, 'p99.9': p999, max }).map(
    ([name, value]) => [name, three(value)] as const,
  );
  const wide = cells.map(([name, value]) => Math.max(name.length, value.length, 5));
  const line = (index: 0 | 1): string =>
    cells.map((cell, at) => cell[index].padStart(wide[at] ?? 0)).join('  ');
  const [heading, figures] = [row('latency', line(0)), row('ms', line(1))];
  if (heading.length + 2 <= style.columns) return indent([style.dim(heading), figures]);
  // Too narrow for a row: one figure under the other.
  const longest = Math.max(...cells.map(([, value]) => value.length));
  const stacked = cells.map(([name, value]) => row(`  ${name}`, value.padStart(longest)));
  return indent([style.dim('latency, ms'), ...stacked]);
}

/** What set the limit; doubts are warnings. Of a sweep, each sentence once. */
export function limitLines(measurements: readonly Measurement[], style: Style): string[] {
  const said = new Map<string, { clients: number[]; doubtful: boolean }>();
  for (const { spec, bottleneck } of measurements) {
    const known = said.get(bottleneck.says) ?? { clients: [], doubtful: bottleneck.doubtful };
    said.set(bottleneck.says, { ...known, clients: [...known.clients, spec.clients] });
  }
  return [...said].flatMap(([says, { clients, doubtful }]) => {
    const last = clients.at(-1) === 1 ? 'client' : 'clients';
    const whom = measurements.length === 1 ? '' : `at ${clients.join(', ')} ${last}: `;
    const text = wrap(sentence(`${doubtful ? 'warning: ' : ''}${whom}${cleanLine(says)}`), style.columns - 2);
    return indent(text.map((line) => (doubtful ? style.yellow(line) : line)));
  });
}

/** What craft says of a measurement begins small: it may stand after a colon. */
export function sentence(text: string): string {
  const closed = /[.?!]$/.test(text) ? text : `${text}.`;
  return closed.startsWith('warning: ') ? closed : `${closed.charAt(0).toUpperCase()}${closed.slice(1)}`;
}
