/**
 * How many locks do two threads need so that they leave each other alone?
 *
 *   npx craft run 1.7            2 threads, 1 to 1,024 locks, 64 bytes from each other
 *   npx craft run 1.7 4          another number of threads
 *   npx craft run 1.7 2 4        another distance of the locks: 4 bytes, so that 16 share a cache line
 *   npx craft run 1.7 apart      another experiment: one client, two threads, a window of 1.6 in each; needs no lock
 *   npx craft run 1.7 lost       two threads add to one number, without a lock and with yours
 *
 * Each thread takes a lock by chance, works a little with it (nothing, or 300 rounds of a loop), and gives it back.
 *
 *   M/s       locks taken by all threads together, in millions a second
 *   met (%)   how often the lock was not free
 */
import { Worker } from 'node:worker_threads';
import type { Report, Task } from './hand.ts';
import { ShardedLimiter } from './limiter.ts';

const [first = '2', second = '64'] = process.argv.slice(2);
if (first === 'apart') await apart();
else if (first === 'lost') await lost();
else await shards(Number(first), Number(second));

async function shards(threads: number, stride: number): Promise<void> {
  console.log(`${threads} threads, locks ${stride} bytes apart`);
  printRow(['locks', 'empty: M/s', 'met (%)', '300 loops: M/s', 'met (%)']);
  for (const count of [1, 4, 16, 64, 256, 1_024]) {
    const row = [String(count)];
    for (const loops of [0, 300]) {
      const cells = new Int32Array(new SharedArrayBuffer(count * stride));
      let [best, met] = [0, 0];
      // Other programs only ever take away: the best of three.
      for (let round = 0; round < 3; round++) {
        const reports = await together(threads, { kind: 'locks', cells, count, stride, loops, ms: 150 });
        const rate = reports.reduce((sum, report) => sum + report.done / report.seconds, 0);
        if (rate < best) continue;
        const done = reports.reduce((sum, report) => sum + report.done, 0);
        [best, met] = [rate, reports.reduce((sum, report) => sum + report.met, 0) / done];
      }
      row.push((best / 1e6).toFixed(1), (100 * met).toFixed(1));
    }
    printRow(row);
  }
}

/** A client that may send 100 requests a second sends 1,000 at once, half of them to each thread. */
async function apart(): Promise<void> {
  const passed = (reports: readonly Report[]): number => reports.reduce((sum, { met }) => sum + met, 0);
  const windows = await together(2, { kind: 'window', calls: 500, limit: 100 });
  console.log(`limit 100, a window of 1.6 in each of 2 threads: ${passed(windows)} let through`);
  const options = { shards: 64, slotsPerShard: 16, limit: 100, windowMs: 1_000 };
  const buffer = new SharedArrayBuffer(ShardedLimiter.bytes(options));
  const shared = await together(2, { kind: 'limiter', buffer, options, calls: 500 });
  console.log(`limit 100, one ShardedLimiter for both: ${passed(shared)} let through`);
}

async function lost(): Promise<void> {
  for (const locked of [false, true]) {
    const cells = new Int32Array(new SharedArrayBuffer(64));
    const reports = await together(2, { kind: 'add', cells, locked, rounds: 2_000_000 });
    const seconds = Math.max(...reports.map((report) => report.seconds));
    const name = locked ? 'with your lock' : 'without a lock';
    console.log(
      `2 x 2,000,000 times += 1 ${name}: ${cells[1]?.toLocaleString('en')} in ${seconds.toFixed(2)} s`,
    );
  }
}

/** Starts the threads, lets them begin at one moment, and waits for what they report. */
async function together(threads: number, task: Task): Promise<Report[]> {
  const start = new Int32Array(new SharedArrayBuffer(8));
  const workers = Array.from(
    { length: threads },
    (_, number) =>
      new Worker(new URL('./hand.js', import.meta.url), { workerData: { start, threads, number, task } }),
  );
  return Promise.all(
    workers.map(
      (worker) =>
        new Promise<Report>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(15))).join(''));
}
