/**
 * Two questions to your load generator, each asked of your own ingest server (0.3) behind a door that can be
 * made slow or stuck:
 *
 *   npx craft run 0.7 rate [delay in ms]     how many requests per second, by a sleeping client and by yours?
 *   npx craft run 0.7 stall [stall in ms]    how long do users wait when the server stands still once?
 *
 * Without arguments it asks both. And one about it:
 *
 *   npx craft run 0.7 compare [clients]      what does it say of the server that `npx craft bench 0.3` loads?
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createRng, type Metric, realClock } from '../../kernel/index.ts';
import { BoundedQueue } from '../01-queue/queue.ts';
import { createIngest } from '../03-ingest/ingest.ts';
// Imports nothing: it has this program compiled along with the others, for `compare` to start.
import type {} from '../03-ingest/serve.ts';
import { Connection } from './connection.ts';
import { metricBody } from './helpers.ts';
import { type Report, runLoad } from './loadgen.ts';

/** How the door holds a request back; it calls `pass` when it lets it through. */
type Door = (pass: () => void) => void;

async function withPlatform(door: Door, body: (url: string) => Promise<void>): Promise<void> {
  const queue = new BoundedQueue<Metric>(10_000);
  const ingest = createIngest(queue, { maxBody: 1_000_000, clock: realClock });
  const drained = drain(queue);
  const front = createServer((request, reply) => door(() => ingest.emit('request', request, reply)));
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  await body(`http://127.0.0.1:${(front.address() as AddressInfo).port}/metrics`);
  front.close();
  front.closeAllConnections();
  queue.close();
  await drained;
}

async function drain(queue: BoundedQueue<Metric>): Promise<void> {
  while ((await queue.take(1_000)).length > 0);
}

/** The load tester that this course's ancestor came with: any answer is a success, and then it sleeps 100 ms. */
async function sleepingTester(url: string, clients: number, ms: number): Promise<number> {
  const rng = createRng(1);
  const start = Date.now();
  let answers = 0;
  const client = async (): Promise<void> => {
    const connection = new Connection(url, 5_000);
    while (Date.now() < start + ms) {
      if ((await connection.send(metricBody(rng))).kind === 'reply') answers += 1;
      await realClock.sleep(100);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answers / Math.floor((Date.now() - start) / 1_000);
}

async function askForRate(delays: readonly number[]): Promise<void> {
  // Code runs slowly at first, and the first row would pay for that.
  await withPlatform(
    (pass) => pass(),
    async (url) => void (await runLoad({ url, mode: 'closed', clients: 5, ms: 300, seed: 1 })),
  );
  console.log('Requests per second, by the sleeping tester and by a closed loop\n');
  console.log('server takes   clients   sleeping   closed loop');
  for (const delay of delays) {
    const door: Door = delay === 0 ? (pass) => pass() : (pass) => setTimeout(pass, delay);
    await withPlatform(door, async (url) => {
      for (const clients of [5, 50]) {
        const sleeping = await sleepingTester(url, clients, 1_000);
        const { achieved } = await runLoad({ url, mode: 'closed', clients, ms: 1_000, seed: 1 });
        const row = [`${delay} ms`.padStart(9), clients, sleeping.toFixed(0), achieved.toFixed(0)];
        console.log(row.map((cell, i) => String(cell).padStart([12, 10, 11, 14][i] ?? 0)).join(''));
      }
    });
  }
}

async function askForStall(stallMs: number): Promise<void> {
  console.log(`\nLatency in ms of a server that stands still for ${stallMs} ms, once in 4 s\n`);
  console.log('mode     offered/s   achieved/s     p50     p90     p99      max');
  for (const mode of ['closed', 'open'] as const) {
    let held: (() => void)[] | undefined;
    const door: Door = (pass) => (held === undefined ? pass() : held.push(pass));
    await withPlatform(door, async (url) => {
      setTimeout(() => {
        held = [];
      }, 1_000);
      setTimeout(() => {
        const passes = held ?? [];
        held = undefined;
        for (const pass of passes) pass();
      }, 1_000 + stallMs);
      print(mode, await runLoad({ url, mode, rate: 1_000, clients: 10, ms: 4_000, seed: 1 }));
    });
  }
}

/** The server of 0.3 in a process of its own, which is how `craft bench` loads it. */
async function withServer(body: (url: string) => Promise<void>): Promise<void> {
  const program = fileURLToPath(new URL('../03-ingest/serve.js', import.meta.url));
  const server = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    // It says where it listens, or it ends and says why.
    const [line] = await Promise.race([once(server.stdout, 'data'), once(server, 'exit')]);
    const port = /listening on \S+:(\d+)/.exec(String(line))?.[1];
    if (port === undefined) throw new Error('the server of 0.3 did not start: npx craft verify 0.3');
    await body(`http://127.0.0.1:${port}/metrics`);
  } finally {
    server.kill();
  }
}

async function askForComparison(clients: number): Promise<void> {
  console.log(
    `Latency in ms of your 0.3, in a process of its own, by your generator with ${clients} clients\n`,
  );
  console.log('mode     offered/s   achieved/s     p50     p90     p99      max   loop busy');
  await withServer(async (url) => {
    await runLoad({ url, mode: 'closed', clients, ms: 2_000, seed: 1 }); // cold code: not counted
    for (const mode of ['closed', 'open'] as const) {
      const before = performance.eventLoopUtilization();
      const report = await runLoad({ url, mode, rate: 1_000, clients, ms: 5_000, seed: 1 });
      const { utilization } = performance.eventLoopUtilization(before);
      print(mode, report, `${(100 * utilization).toFixed(0)} %`);
    }
  });
}

function print(name: string, { offered, achieved, latency }: Report, busy = ''): void {
  const ms = (us: number): string => (us / 1_000).toFixed(us < 10_000 ? 2 : 0);
  const cells = [
    offered.toFixed(0),
    achieved.toFixed(0),
    ...[latency.p50, latency.p90, latency.p99, latency.max].map(ms),
    busy,
  ];
  const widths = [12, 13, 8, 8, 8, 9, 12];
  console.log((name.padEnd(6) + cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('')).trimEnd());
}

const [question, knob] = process.argv.slice(2);
const number = knob === undefined ? undefined : Number(knob);
if (question === 'compare' && (number === undefined || (Number.isInteger(number) && number > 0))) {
  await askForComparison(number ?? 50);
} else if (
  ['rate', 'stall', undefined].includes(question) &&
  (number === undefined || (number >= 0 && number < 3_000))
) {
  if (question !== 'stall') await askForRate(number === undefined ? [0, 5] : [number]);
  if (question !== 'rate') await askForStall(number ?? 1_000);
} else {
  console.error(
    'usage: npx craft run 0.7 [rate [delay in ms] | stall [stall in ms] | compare [clients]], the ms from 0 to 3000',
  );
  process.exitCode = 1;
}
