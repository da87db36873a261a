/**
 * Which generator tells the truth: wrk and ours, each with its own figures beside those that were taken below it, in the
 * same run, by a library that stamps its reads and writes (`grader/fixtures/below.c`; Linux, a C compiler and wrk).
 *
 *   node dist/grader/bench/below.bench.js [--connections 10] [--seconds 2] [--rounds 5]
 *
 * Of each generator the round with the most requests a second is printed: the one that was disturbed least.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageRoot } from '../core/paths.ts';
import { startTestServer } from '../fixtures/servers/start.ts';
import { Engine } from './engine.ts';
import { mergeReports } from './merge.ts';
import { monotonicMs } from './protocol.ts';
import { rivals } from './rivals.bench.ts';
import type { LoadSpec } from './types.ts';

const warmUpMs = 600;

/** Microseconds and how many took them. */
type Counts = ReadonlyMap<number, number>;

interface Figures {
  readonly rate: number;
  /** ms */
  readonly p50: number;
  readonly p99: number;
}

/** Our generator alone in this process, so that the library can be below it; its figures on stdout. */
async function generate(url: string, clients: number, ms: number): Promise<void> {
  const spec: LoadSpec = {
    url,
    method: 'POST',
    headers: {},
    payload: { kind: 'metrics', batch: 1 },
    expect: { status: 202, json: { status: 'accepted' } },
    mode: { kind: 'closed' },
    clients,
    pipeline: 1,
    keepAlive: true,
    timeoutMs: 10_000,
    warmup: { ms: warmUpMs },
    measure: { ms },
    workers: 1,
    seed: '0badcafe',
  };
  const engine = await Engine.open({ spec, worker: 0, of: 1, clients, tickMs: 250 });
  const warmUp = await engine.warmUp(spec.warmup);
  await engine.prepare(spec.measure);
  const report = await engine.run(monotonicMs() + 5);
  engine.close();
  const { rate, latency } = mergeReports(spec, [report], { startedAt: '', warmUp });
  process.stdout.write(JSON.stringify({ rate, p50: latency?.p50, p99: latency?.p99 }), () => process.exit(0));
}

function readCounts(file: string): Readonly<Record<string, Counts>> {
  const lines = readFileSync(file, 'latin1').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...pairs] = line.split(' ');
      return [name, new Map(pairs.map((pair) => pair.split(':').map(Number) as [number, number]))];
    }),
  );
}

function quantile(counts: Counts, share: number): number {
  const all = [...counts].toSorted(([a], [b]) => a - b);
  const rank = share * all.reduce((sum, [, n]) => sum + n, 0);
  let seen = 0;
  for (const [us, n] of all) {
    seen += n;
    if (seen >= rank) return us / 1_000;
  }
  return Number.NaN;
}

function mean(counts: Counts): number {
  const all = [...counts];
  return all.reduce((sum, [us, n]) => sum + us * n, 0) / all.reduce((sum, [, n]) => sum + n, 0);
}

/** As wrk does before it prints: for each latency above twice the usual interval, those that would have followed it. */
function filledIn(counts: Counts, interval: number): Counts {
  const filled = new Map(counts);
  for (const [us, n] of counts) {
    if (us <= 2 * interval) continue;
    for (let more = us - interval; more > interval; more -= interval) {
      const whole = Math.trunc(more);
      filled.set(whole, (filled.get(whole) ?? 0) + n);
    }
  }
  return filled;
}

function row(
  name: string,
  printed: Figures,
  { total, wire, think }: Readonly<Record<string, Counts>>,
): string {
  if (total === undefined || wire === undefined || think === undefined) throw new Error('nothing was seen');
  const filled = filledIn(total, mean(total) + mean(think));
  const pair = (counts: Counts): string =>
    `${quantile(counts, 0.5).toFixed(3)}, ${quantile(counts, 0.99).toFixed(3)}`;
  const own = `${printed.p50.toFixed(3)}, ${printed.p99.toFixed(3)}`;
  return `| ${name} | ${Math.round(printed.rate).toLocaleString('en')} | ${[own, ...[total, filled, wire].map(pair)].join(' | ')} |`;
}

async function main(connections: number, seconds: number, rounds: number): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'craft-below-'));
  const [library, out] = [join(scratch, 'below.so'), join(scratch, 'counts')];
  const source = join(packageRoot, 'grader', 'fixtures', 'below.c');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  const server = await startTestServer('plain');
  const below = { LD_PRELOAD: library, BELOW_PORT: new URL(server.url).port, BELOW_OUT: out };
  // wrk has no warm-up: all that it did is in its figures.
  const warmUp = { BELOW_WARM_UP: String(warmUpMs) };
  const self = fileURLToPath(import.meta.url);
  const args = [self, 'generate', server.url, String(connections), String(seconds * 1_000)];
  const generators: Readonly<Record<string, () => Figures | Promise<Figures>>> = {
    craft: () =>
      JSON.parse(
        execFileSync(process.execPath, args, { env: { ...process.env, ...below, ...warmUp } }).toString(),
      ),
    wrk: async () => {
      if (rivals.wrk === undefined) throw new Error('wrk is not on the PATH');
      Object.assign(process.env, below);
      const figures = await rivals.wrk(server.url, connections, seconds);
      for (const name of Object.keys(below)) delete process.env[name];
      return figures;
    },
  };
  const best = new Map<string, { rate: number; line: string }>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(generators)) {
      const printed = await run();
      const { rate } = printed;
      if (rate > (best.get(name)?.rate ?? 0))
        best.set(name, { rate, line: row(name, printed, readCounts(out)) });
    }
  }
  await server.end();
  rmSync(scratch, { recursive: true });
  const heading = [
    'it prints',
    'seen below it',
    'the same, filled in as wrk does',
    'until the kernel had it',
  ];
  process.stdout.write(
    `${connections} connections; p50, p99 in ms\n\n| generator | requests/s | ${heading.join(' | ')} |\n|---|---|---|---|---|---|\n`,
  );
  for (const { line } of best.values()) process.stdout.write(`${line}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connections: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
  },
});
const [verb, url = '', clients, ms] = positionals;
if (verb === 'generate') await generate(url, Number(clients), Number(ms));
else await main(Number(values.connections), Number(values.seconds), Number(values.rounds));
