/**
 * The service of Craft 1 beside two databases that take the same metrics: one sample per POST, each on the same disk, in
 * turns, loaded by craft's own generator.
 *
 *   npm run bench:peers -- [--exercise 1.10] [--rounds 5] [--requests 30000] [--clients 64]
 *
 * Prometheus takes them by remote write, VictoriaMetrics as text, where they are installed (Debian packages
 * `prometheus`, `victoria-metrics`). Every request brings a sample that is new, of one of 1,000 series. What they do is
 * not the same: see the column of syncs. A 204 of theirs says that the sample is in memory and on its way to a file.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openLoad } from './load.ts';
import { sampleOf } from './peerformats.bench.ts';
import { countSyncs, type Peer, startPeers, startSolution } from './peerservers.bench.ts';
import type { LoadResult, LoadSpec } from './types.ts';

const { values: flags } = parseArgs({
  options: {
    exercise: { type: 'string', default: '1.10' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '30000' },
    clients: { type: 'string', default: '64' },
  },
});
const rounds = Number(flags.rounds);
const clients = Number(flags.clients);
const requests = Number(flags.requests);
/** Before each round; a fresh server of JavaScript gets more, once. */
const warmUp = 2_000;
const firstWarmUp = 20_000;

interface Round {
  readonly rate: number;
  readonly succeeded: number;
  readonly sent: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the server, microseconds per request. */
  readonly cpu: number;
  /** Cores that the generator used: near 1, the figure may be its own. */
  readonly generator: number;
  readonly outcomes: LoadResult['outcomes'];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const firstTimestamp = Date.now() - 60_000;
/** What each server has been sent: its next sample is new. */
const used = new Map<string, { next: number; sent: number }>();

function usedBy({ name }: Peer): { next: number; sent: number } {
  const found = used.get(name) ?? { next: 0, sent: 0 };
  used.set(name, found);
  return found;
}

function spec(peer: Peer, warm: number, measured: number): LoadSpec {
  const { next } = usedBy(peer);
  // A warm-up may send some more, for each connection.
  const count = warm + measured + 4 * clients;
  usedBy(peer).next += count;
  const bodies = Array.from({ length: count }, (_, i) => peer.encode(sampleOf(next + i, firstTimestamp)));
  return {
    url: peer.url,
    method: 'POST',
    headers: peer.headers,
    payload: { kind: 'none' },
    bodies,
    expect: peer.expect,
    mode: { kind: 'closed' },
    clients,
    pipeline: 1,
    keepAlive: true,
    timeoutMs: 10_000,
    warmup: { requests: warm },
    measure: { requests: measured },
    workers: 1,
    seed: '0badcafe',
  };
}

async function measure(peer: Peer, warm: number, measured: number): Promise<Round> {
  const load = await openLoad(spec(peer, warm, measured));
  try {
    await load.warmUp();
    const before = peer.cpuMs();
    const { rate, sent, outcomes, latency, warmup, generator } = await load.run({ requests: measured });
    const cpu = ((peer.cpuMs() - before) * 1_000) / sent;
    usedBy(peer).sent += warmup.requests + sent;
    const { p50 = Number.NaN, p99 = Number.NaN } = latency ?? {};
    return { rate, sent, succeeded: outcomes.succeeded, p50, p99, cpu, generator: generator.cores, outcomes };
  } finally {
    await load.close();
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** `100 % 202`, or what else came. */
function successes(peer: Peer, found: readonly Round[]): string {
  const sent = found.reduce((sum, round) => sum + round.sent, 0);
  const succeeded = found.reduce((sum, round) => sum + round.succeeded, 0);
  const share = `${((100 * succeeded) / sent).toFixed(succeeded === sent ? 0 : 2)} % ${peer.expect.status}`;
  const failed = found.find((round) => round.succeeded < round.sent);
  return failed === undefined ? share : `${share}; ${JSON.stringify(failed.outcomes)}`;
}

function row(peer: Peer, all: ReadonlyMap<string, readonly Round[]>, first: Peer): string {
  const found = all.get(peer.name) ?? [];
  const middle = (figure: 'rate' | 'p50' | 'p99' | 'cpu' | 'generator'): number =>
    median(found.map((round) => round[figure]));
  const ratio = median(
    (all.get(first.name) ?? []).map((own, i) => own.rate / (found[i]?.rate ?? Number.NaN)),
  );
  const cells = [
    peer.name,
    Math.round(middle('rate')).toLocaleString('en'),
    ratio.toFixed(2),
    successes(peer, found),
    middle('p50').toFixed(2),
    middle('p99').toFixed(2),
    middle('cpu').toFixed(1),
    middle('generator').toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** All that was sent must have arrived: a figure for requests that were thrown away would be none. */
async function reportTaken(peer: Peer): Promise<void> {
  const taken = await peer.taken();
  if (taken !== undefined)
    print(`- ${peer.name}: ${taken} of the ${usedBy(peer).sent} samples that were sent`);
}

async function reportSyncs(peers: readonly Peer[]): Promise<void> {
  const count = 2_000;
  print(
    `\nCalls that ask the disk to keep what was written (strace -c: fsync, fdatasync, msync, ...) in ${count}`,
  );
  print('requests, after the rounds:\n');
  for (const peer of peers) {
    const syncs = await countSyncs(peer.pid, async () => void (await measure(peer, 0, count)));
    if (syncs === undefined)
      print(`- ${peer.name}: not known (apt-get install strace; it must be allowed to attach)`);
    else if (syncs === 0) print(`- ${peer.name}: none`);
    else print(`- ${peer.name}: ${syncs}, one for ${(count / syncs).toFixed(1)} requests`);
  }
}

const wanted = await startSolution(flags.exercise);
const own = wanted ?? (await startSolution('0.6'));
if (own === undefined) throw new Error('there is no solution to start: craft bench needs a clone');
if (wanted === undefined) print(`There is no ${flags.exercise} that serves: 0.6 stands in for it.`);
const peers = [own, ...(await startPeers((why) => print(`Left out: ${why}.`)))];
try {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  const busy = (loadavg()[0] ?? 0).toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  print(`${availableParallelism()} cores (${cpu}), load ${busy}, Node ${process.versions.node}, ${date}`);
  print(
    `\n${clients} connections, one sample per POST: medians of ${rounds} rounds of ${requests} requests\n`,
  );
  const all = new Map<string, Round[]>(peers.map(({ name }) => [name, []]));
  for (const peer of peers) await measure(peer, firstWarmUp, 1_000);
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) all.get(peer.name)?.push(await measure(peer, warmUp, requests));
  }
  print(
    `| server | requests/s | ${own.name} is so many times | success | p50 ms | p99 ms | server CPU us/request | generator, cores |`,
  );
  print('|---|---|---|---|---|---|---|---|');
  for (const peer of peers) print(row(peer, all, own));
  if (peers.length > 1) print('\nWhat they say they took:\n');
  for (const peer of peers) await reportTaken(peer);
  await reportSyncs(peers);
} finally {
  for (const peer of peers) await peer.stop();
}
