/**
 * From which length on is it worth sending a task to another thread?
 *
 *   npx craft run 1.3           2 threads, 64 callers
 *   npx craft run 1.3 1         another number of threads
 *   npx craft run 1.3 2 1       and of callers
 *
 * Each caller starts its next task when the last one has answered, for half a second. `inline` calls the function in
 * the main thread, one task in each turn of the event loop; `pool` sends it to a thread.
 *
 *   tasks/s      finished tasks
 *   gain         pool : inline
 *   loop µs      what each task of the pool takes of the main thread
 *   late (ms)    by how much a timer was late, 99 of 100 times at most: so long does everybody else wait
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkerPool } from './pool.ts';
import { file, spin } from './spin.ts';

const SECONDS = 0.5;
const LENGTHS_MS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];

interface Outcome {
  readonly rate: number;
  readonly loopUs: number;
  readonly lateMs: number;
}

async function load(callers: number, task: () => Promise<unknown>): Promise<Outcome> {
  const before = loopMs();
  const startedAt = performance.now();
  const isOver = (): boolean => performance.now() - startedAt > SECONDS * 1_000;
  const lates: number[] = [];
  const timer = async (): Promise<void> => {
    while (!isOver()) {
      const due = performance.now() + 1;
      await sleep(1);
      lates.push(performance.now() - due);
    }
  };
  let done = 0;
  const caller = async (): Promise<void> => {
    while (!isOver()) {
      await task();
      done++;
    }
  };
  await Promise.all([timer(), ...Array.from({ length: callers }, caller)]);
  const seconds = (performance.now() - startedAt) / 1_000;
  const busyMs = loopMs() - before;
  lates.sort((a, b) => a - b);
  const lateMs = Math.max(0, lates[Math.ceil(0.99 * lates.length) - 1] ?? 0);
  return { rate: done / seconds, loopUs: (1_000 * busyMs) / done, lateMs };
}

/** CPU time of the main thread so far; where the system does not tell, the time for which its loop did not wait. */
function loopMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.eventLoopUtilization().active;
  }
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(12))).join(''));
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function compare(size: number, callers: number): Promise<void> {
  const pool = new WorkerPool<number, number>(file, { size, maxQueue: callers });
  const first = await millisecondsOf(() => pool.run(0));
  for (let i = 0; i < 1_000; i++) await pool.run(0);
  const trips = await millisecondsOf(async () => {
    for (let i = 0; i < 1_000; i++) await pool.run(0);
  });
  console.log(
    `the first task, which starts a thread: ${first.toFixed(0)} ms; one that finds it: ${trips.toFixed(0)} µs\n`,
  );
  printRow(['task', 'inline/s', 'pool/s', 'gain', 'loop µs', 'late inline', 'late pool']);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  // Threads start and code is compiled before anything is measured.
  await load(callers, () => pool.run(0.01));
  await load(callers, () => turn().then(() => spin(0.01)));
  for (const ms of LENGTHS_MS) {
    const inline = await load(callers, () => turn().then(() => spin(ms)));
    const own = await load(callers, () => pool.run(ms));
    printRow([
      ms < 1 ? `${ms * 1_000} µs` : `${ms} ms`,
      Math.round(inline.rate).toLocaleString('en'),
      Math.round(own.rate).toLocaleString('en'),
      (own.rate / inline.rate).toFixed(2),
      own.loopUs.toFixed(0),
      inline.lateMs.toFixed(1),
      own.lateMs.toFixed(1),
    ]);
  }
  await pool.close();
}

const [size = 2, callers = 64] = process.argv.slice(2).map(Number);
if ([size, callers].every((count) => Number.isInteger(count) && count >= 1)) {
  await compare(size, callers);
} else {
  console.error('threads and callers must be whole numbers of at least 1, as in: npx craft run 1.3 2 64');
  process.exitCode = 1;
}
