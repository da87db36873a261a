/** Who was the limit: one row for each thing that can be, with the sentence that is printed. */
import { expect, test } from 'vitest';
import { findBottleneck } from './limiter.ts';
import type { Limit, LoadResult, LoadSpec } from './types.ts';

interface Case {
  /** Cores of the server; null: not ours to look at. */
  readonly s: number | null;
  readonly g: number;
  /** Cores that the whole machine used. */
  readonly all?: number;
  readonly cores?: number;
  readonly workers?: number;
  readonly clients?: number;
  readonly pipeline?: number;
  /** Open mode. */
  readonly offered?: number;
  readonly rate?: number;
  readonly lag?: number;
  readonly p99?: number;
  readonly succeeded?: number;
}

const ms = 10_000;

function judge({ s, g, cores = 2, workers = 1, clients = 100, pipeline = 1, ...more }: Case) {
  const { offered, rate = 1_000, lag = 0, p99 = 10, all, succeeded = rate * (ms / 1_000) } = more;
  const spec: LoadSpec = {
    url: 'http://127.0.0.1:8080/metrics',
    method: 'POST',
    headers: {},
    payload: { kind: 'none' },
    expect: { status: 202 },
    mode: offered === undefined ? { kind: 'closed' } : { kind: 'open', rate: offered },
    clients,
    pipeline,
    keepAlive: true,
    timeoutMs: 1_000,
    warmup: {},
    measure: { ms },
    workers,
    seed: '0badcafe',
  };
  const result: LoadResult = {
    startedAt: '2026-01-01T00:00:00.000Z',
    ms,
    planned: succeeded,
    sent: succeeded,
    outcomes: { succeeded, wrongBody: 0, statuses: {}, timeouts: 0, resets: 0, refused: 0, garbage: 0 },
    offered: offered ?? null,
    rate,
    latency: succeeded === 0 ? null : { min: 1, mean: 2, p50: 2, p90: 5, p99, p999: p99, max: p99 },
    histogram: '',
    generator: { cores: g, loop: g, lagP99: lag, lagMax: lag },
    warmup: { requests: 0, ms: 0 },
    ticks: [],
    examples: [],
    interrupted: false,
  };
  return findBottleneck({
    result,
    spec,
    serverCpuMs: s === null ? undefined : s * ms,
    machineCpuMs: all === undefined ? undefined : all * ms,
    cores,
  });
}

const rows: [name: string, given: Case, limit: Limit, doubtful: boolean, says: string | RegExp][] = [
  ['server', { s: 0.97, g: 0.4 }, 'server', false, 'the server was the limit: it used 97 % of a core'],
  ['server, with a busy generator', { s: 0.9, g: 0.99 }, 'server', false, /the server was the limit/],
  ['server, with a collector beside its thread', { s: 1.2, g: 0.5 }, 'server', false, /120 % of a core/],
  ['server of four threads', { s: 3.7, g: 0.6, cores: 8 }, 'server', false, /3\.7 cores/],
  [
    'generator',
    { s: 0.5, g: 0.98 },
    'generator',
    true,
    'the load generator used 98 % of a core: the server may be faster than this number (it used 50 % of a core)',
  ],
  [
    'generator, server unseen',
    { s: null, g: 0.98 },
    'generator',
    true,
    'the load generator used 98 % of a core: the server may be faster than this number',
  ],
  ['generator, before the machine', { s: 0.89, g: 0.96 }, 'generator', true, /^the load generator used 96 %/],
  ['just not the generator', { s: 0.5, g: 0.89, cores: 8 }, 'concurrency', false, /nobody was full/],
  [
    'machine of one core',
    { s: 0.6, g: 0.39, cores: 1 },
    'machine',
    true,
    "the machine's only core was full: the server used 60 % of a core, the load generator 39 % of a core; with more cores the server may be faster",
  ],
  ['machine of two', { s: 0.89, g: 0.5, workers: 2 }, 'machine', true, /2 cores were full/],
  [
    'other programs',
    { s: 0.3, g: 0.2, all: 1.95 },
    'machine',
    true,
    "the machine's 2 cores were full: the server used 30 % of a core, the load generator 20 % of a core, other programs 145 % of a core: measure again when they are quiet",
  ],
  ['a full server among other programs', { s: 0.95, g: 0.3, all: 2 }, 'server', false, /95 %/],
  ['few other programs', { s: 0.3, g: 0.2, all: 1.8 }, 'concurrency', false, /nobody was full/],
  ['more workers than clients', { s: 0.6, g: 0.5, workers: 4, clients: 1 }, 'concurrency', false, /nobody/],
  ['not the machine', { s: 0.89, g: 0.5, workers: 1 }, 'concurrency', false, /nobody was full/],
  [
    'one client',
    { s: 0.4, g: 0.3, clients: 1 },
    'concurrency',
    false,
    'nobody was full: the server used 40 % of a core, the load generator used 30 % of a core; more than 1 client may get more out of it',
  ],
  [
    'a server that waits',
    { s: 0.1, g: 0.1, clients: 10, pipeline: 10 },
    'concurrency',
    false,
    /with 10 clients it waits for something else/,
  ],
  [
    'a server that is not ours',
    { s: null, g: 0.4 },
    'unknown',
    false,
    'the load generator used 40 % of a core, so it was not the limit; what the server used is not known',
  ],
  ['nothing succeeded', { s: 0.1, g: 0.1, succeeded: 0 }, 'unknown', false, /no request succeeded/],
  [
    'open, kept up',
    { s: 0.3, g: 0.2, offered: 2_000, rate: 1_990 },
    'schedule',
    false,
    'the server kept up with the rate that was asked for (1,990 of 2,000 requests/s); it may do more',
  ],
  ['open, kept up while full', { s: 0.95, g: 0.2, offered: 1_000 }, 'schedule', false, /kept up/],
  ['open, 2 % short', { s: 0.3, g: 0.2, offered: 1_000, rate: 980 }, 'schedule', false, /kept up/],
  [
    'open, behind and full',
    { s: 0.97, g: 0.2, offered: 2_000, rate: 1_900 },
    'server',
    false,
    'the server could not keep up: 1,900 of the 2,000 requests/s that were due succeeded (it used 97 % of a core)',
  ],
  ['open, behind, unseen', { s: null, g: 0.2, offered: 2_000 }, 'server', false, /could not keep up/],
  [
    'open, behind, and it waits',
    { s: 0.1, g: 0.2, offered: 2_000, clients: 10 },
    'concurrency',
    false,
    'the server could not keep up: 1,000 of the 2,000 requests/s that were due succeeded; it used only 10 % of a core: it waits, or 10 connections are too few',
  ],
  ['open, behind a full generator', { s: 0.5, g: 0.95, offered: 2_000 }, 'generator', true, /95 % of a core/],
  ['open, behind a full machine', { s: 0.6, g: 0.4, cores: 1, offered: 2_000 }, 'machine', true, /only core/],
  [
    'open, sent 6 ms late',
    { s: 0.3, g: 0.2, offered: 1_000, lag: 6, p99: 100 },
    'generator',
    true,
    'the load generator sent late (p99 6 ms of a p99 of 100 ms): the latencies are in part its own',
  ],
  [
    'open, a fifth is late',
    { s: 0.3, g: 0.2, offered: 1_000, lag: 0.5, p99: 2 },
    'generator',
    true,
    /0\.5 ms/,
  ],
  [
    'open, a fifth is not',
    { s: 0.3, g: 0.2, offered: 1_000, lag: 0.4, p99: 2 },
    'schedule',
    false,
    /kept up/,
  ],
];

test.each(rows)('%s', (_, given, limit, doubtful, says) => {
  const found = judge(given);
  expect(found).toMatchObject({ limit, doubtful });
  if (typeof says === 'string') expect(found.says).toBe(says);
  else expect(found.says).toMatch(says);
  if (given.s === null) expect(found.serverCores).toBeNull();
  else expect(found.serverCores).toBeCloseTo(given.s, 9);
});
