/**
 * Our load generator beside others, in one run against one server that is faster than all of them, and in the open
 * mode beside the truth.
 *
 *   npm run bench:load -- [--rounds 5] [--seconds 2] [--connections 10,100,500] [--rates 2000,20000] [--only ours,wrk]
 *
 * The others are those of wrk, ab and autocannon that are on the PATH. The same generator and server differ by a
 * factor of up to 2 from minute to minute: the generators take turns, and a ratio is always one of the same round.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type StallingRecord, startTestServer, type TestServer } from '../fixtures/servers/start.ts';
import { runLoad } from './load.ts';
import { decodeHistogram } from './merge.ts';
import { type Generator, rivals, type Sample } from './rivals.bench.ts';
import type { LoadMode, LoadResult, LoadSpec } from './types.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '10,100,500' },
    rates: { type: 'string', default: '2000,20000' },
    only: { type: 'string', default: 'ours,wrk,ab,autocannon' },
  },
});
const seconds = Number(flags.seconds);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function spec(url: string, changes: Partial<LoadSpec>): LoadSpec {
  return {
    url,
    method: 'POST',
    headers: {},
    payload: { kind: 'metrics', batch: 1 },
    expect: { status: 202, json: { status: 'accepted' } },
    mode: { kind: 'closed' },
    clients: 1,
    pipeline: 1,
    keepAlive: true,
    timeoutMs: 10_000,
    // The others have their first fifth of a second in their figures; it is their programs that start, ours is a server.
    warmup: { ms: 300 },
    measure: { ms: seconds * 1_000 },
    workers: 1,
    seed: '0badcafe',
    ...changes,
  };
}

async function runOurs(url: string, connections: number): Promise<Sample> {
  const result = await runLoad(spec(url, { clients: connections }));
  const { rate, ms, sent, latency, outcomes, generator } = result;
  if (latency === null || outcomes.succeeded !== sent) throw new Error(JSON.stringify(outcomes));
  const { p50, p99 } = latency;
  const cpu = (generator.cores * ms * 1_000) / sent;
  return { rate, cpu, p50, p99, filledP99: filledP99(result, connections) };
}

/** As wrk 4.1 does: a latency of twice the usual interval of a connection stands for all that it held up. */
function filledP99({ histogram, ms, sent }: LoadResult, connections: number): number {
  const intervalUs = Math.trunc((ms * 1_000 * connections) / sent);
  const filled = decodeHistogram(histogram).copyCorrectedForCoordinatedOmission(intervalUs);
  return filled.getValueAtPercentile(99) / 1_000;
}

const generators: Readonly<Record<string, Generator>> = { ours: runOurs, ...rivals };

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

type Rounds = ReadonlyMap<string, readonly Sample[]>;

/** Our figure over another's in the same round, the median of all rounds. */
function ratio(rounds: Rounds, other: string, figure: keyof Sample): number {
  const theirs = rounds.get(other) ?? [];
  return median(
    (rounds.get('ours') ?? []).map((own, i) => own[figure] / (theirs[i]?.[figure] ?? Number.NaN)),
  );
}

function row(connections: number, name: string, rounds: Rounds): string {
  const samples = rounds.get(name) ?? [];
  const middle = (figure: keyof Sample): number => median(samples.map((sample) => sample[figure]));
  const toWrk = (figure: keyof Sample): string => {
    if (!rounds.has('wrk')) return '';
    const theirs = rounds.get('wrk') ?? [];
    return median(samples.map((own, i) => own[figure] / (theirs[i]?.[figure] ?? Number.NaN))).toFixed(2);
  };
  const cells = [
    connections,
    name,
    Math.round(middle('rate')).toLocaleString('en'),
    toWrk('rate'),
    middle('cpu').toFixed(1),
    toWrk('cpu'),
    middle('p50').toFixed(2),
    ...(['p99', 'filledP99'] as const).map((figure) => shown(middle(figure))),
  ];
  return `| ${cells.join(' | ')} |`;
}

function shown(ms: number): string {
  return Number.isNaN(ms) ? '' : ms.toFixed(2);
}

/** The limits of the design: figure, compared with whom, from, to. */
const limits: readonly (readonly [keyof Sample, string, number, number])[] = [
  ['rate', 'wrk', 0.9, Number.POSITIVE_INFINITY],
  ['rate', 'autocannon', 1.4, Number.POSITIVE_INFINITY],
  ['cpu', 'wrk', 0, 1.3],
  ['p50', 'wrk', 0.9, 1.1],
  ['filledP99', 'wrk', 0.9, 1.1],
];

function verdicts(connections: number, rounds: Rounds): string[] {
  return limits
    .filter(([, other]) => rounds.has(other) && rounds.has('ours'))
    .map(([figure, other, from, to]) => {
      const value = ratio(rounds, other, figure);
      const limit =
        to === Number.POSITIVE_INFINITY ? `>= ${from}` : from === 0 ? `<= ${to}` : `${from}-${to}`;
      const verdict = value >= from && value <= to ? 'held' : 'MISSED';
      return `| ${connections} | ${figure} of ${other} | ${limit} | ${value.toFixed(2)} | ${verdict} |`;
    });
}

async function compareClosed(): Promise<void> {
  const names = flags.only.split(',').filter((name) => name in generators);
  print(`\nClosed loop against one raw-socket server: medians of ${flags.rounds} rounds of ${seconds} s\n`);
  print(
    '| connections | generator | requests/s | of wrk | CPU us/request | of wrk | p50 ms | p99 ms | p99 filled in |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  const found: string[] = [];
  for (const connections of flags.connections.split(',').map(Number)) {
    const server = await startTestServer('plain');
    try {
      // A fresh server needs some 10,000 requests until it is compiled: the first round must not be the slow one.
      await runLoad(spec(server.url, { clients: 50, measure: { requests: 20_000 } }));
      const rounds = new Map<string, Sample[]>(names.map((name) => [name, []]));
      for (let round = 0; round < Number(flags.rounds); round++) {
        for (const name of names) {
          const sample = await generators[name]?.(server.url, connections, seconds);
          if (sample !== undefined) rounds.get(name)?.push(sample);
        }
      }
      for (const name of names) print(row(connections, name, rounds));
      found.push(...verdicts(connections, rounds));
    } finally {
      await server.end();
    }
  }
  print('\n| connections | ratio | limit | measured | |\n|---|---|---|---|---|');
  for (const line of found) print(line);
  print(
    '\nFilled in: with the latencies that would have followed a long one, as wrk adds them before it prints.\n' +
      'below.bench.js shows both generators without.',
  );
}

interface Figures {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * What users must have waited: a queue with the stalls and the cost of a request that the server had in this run, and
 * arrivals as random as ours.
 */
function simulate(record: StallingRecord, rate: number): Figures {
  const { stalls, cpuMs, requests } = record;
  const stalled = stalls.reduce((sum, [from, to]) => sum + to - from, 0);
  const cost = (cpuMs - stalled) / requests;
  const [first = [0, 0]] = stalls;
  const last = stalls.at(-1) ?? first;
  const waits: number[] = [];
  let next = 0;
  let freeAt = 0;
  // Whole periods: from one stall's begin to the last one's begin.
  let due = first[0];
  while (due < last[0]) {
    let begin = Math.max(due, freeAt);
    for (; next < stalls.length && (stalls[next]?.[0] ?? 0) <= begin; next++) {
      begin = Math.max(begin, stalls[next]?.[1] ?? 0);
    }
    freeAt = begin + cost;
    waits.push(freeAt - due);
    due += -Math.log(1 - Math.random()) * (1_000 / rate);
  }
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

function openRow(rate: number, result: LoadResult, truth: Figures): string {
  const { latency, offered, generator } = result;
  if (latency === null) throw new Error(JSON.stringify(result.outcomes));
  const pair = (name: keyof Figures): string => `${latency[name].toFixed(1)} / ${truth[name].toFixed(1)}`;
  const cells = [
    rate,
    Math.round(offered ?? Number.NaN),
    Math.round(result.rate),
    ...(['p50', 'p90', 'p99', 'max'] as const).map(pair),
    generator.lagP99.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function measureOpen(): Promise<void> {
  print(
    '\nOpen loop, 100 connections, against a server that stalls 100 ms in every second: measured / truth, ms\n',
  );
  print('| rate | offered | achieved | p50 | p90 | p99 | max | lag p99 |');
  print('|---|---|---|---|---|---|---|---|');
  for (const rate of flags.rates.split(',').map(Number)) {
    const server: TestServer<StallingRecord> = await startTestServer('stalling');
    try {
      const mode: LoadMode = { kind: 'open', rate };
      const warmup = { ms: 1_000 };
      const whole = { mode, clients: 100, payload: { kind: 'metrics', batch: 1 }, warmup } as const;
      const result = await runLoad(spec(server.url, { ...whole, measure: { ms: 5_000 } }));
      print(openRow(rate, result, simulate(await server.record(), rate)));
    } finally {
      await server.end();
    }
  }
}

const cpu = cpus()[0]?.model ?? 'unknown';
const date = new Date().toISOString().slice(0, 10);
const busy = (loadavg()[0] ?? 0).toFixed(1);
print(
  `${availableParallelism()} cores (${cpu.trim()}), load ${busy}, Node ${process.versions.node}, ${date}`,
);
await compareClosed();
await measureOpen();
