/** The parts of a bench report that every kind of run has: its failures, how its server ended, what set the limit. */
import type { Measurement, Outcomes } from '../bench/types.ts';
import { cleanLine } from './clean.ts';
import { count, share, span, three } from './numbers.ts';
import type { Style } from './style.ts';
import { hang, indent, wrap } from './text.ts';

/** How a server ended that died under load, with its last words. */
export function deathLines({ died, result }: Measurement, style: Style): string[] {
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
      : indent([`It last printed:`, ...indent(said.map((line) => style.dim(line)))])),
    '',
  ];
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

/** Successes, and each way to fail with its count: largest first. */
export function outcomeLines({ result, spec }: Measurement, style: Style): string[] {
  const { outcomes } = result;
  const total = ended(outcomes);
  const failures = failuresOf(outcomes);
  const ok = `${count(outcomes.succeeded)}  ${share(outcomes.succeeded, total)}, status ${spec.expect.status}`;
  const lines = [row('succeeded', failures.length === 0 && total > 0 ? style.green(ok) : ok)];
  if (failures.length > 0) {
    const failed = failures.reduce((sum, { n }) => sum + n, 0);
    lines.push(row('failed', style.red(`${count(failed)}  ${share(failed, total)}`)));
    const wide = Math.max(...failures.map(({ n }) => count(n).length));
    for (const { n, says } of failures) lines.push(row('', `${count(n).padStart(wide)}  ${says}`));
    const room = style.columns - 20;
    for (const example of result.examples.slice(0, 3))
      lines.push(
        ...hang(row('', 'e.g. '), wrap(cleanLine(example).slice(0, 200), room)).map((line) =>
          style.dim(line),
        ),
      );
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
  return indent([style.dim(row('latency', line(0))), row('ms', line(1))]);
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
