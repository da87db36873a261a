/** What the gates count and time. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { Answer } from '../../../../exercises/1-ingestion/03-worker-pool/worker.ts';
import { student } from '../../../harness/driver.ts';

const { WorkerPool } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/pool.ts')>('pool.ts');

type Pool = InstanceType<typeof WorkerPool<number, number>>;

/** So many callers, each with its next task in the moment of its last answer. */
async function closedLoop(
  callers: number,
  tasks: number,
  call: (task: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let task = next++; task < tasks; task = next++) await call(task);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const THREADS = 4;
const CALLERS = 64;
let pool: Pool | undefined;
let bare: Worker[] | undefined;
let trips = 0;

/** Four threads, warm, that live through all samples: only of living threads is the time known. */
export async function preparePool(size: number): Promise<void> {
  trips = size;
  const options = { size: THREADS, maxQueue: CALLERS };
  pool ??= new WorkerPool<number, number>(new URL('./naps.js', import.meta.url), options);
  const own = pool;
  await Promise.all(Array.from({ length: CALLERS }, (_, task) => own.run(task)));
}

/** The sum of all answers. */
export async function tripsOfPool(): Promise<number> {
  const own = pool;
  if (own === undefined) throw new Error('prepare first');
  return sumOf(CALLERS, (task) => own.run(task));
}

/** The yardstick: as many threads, and each has one caller to itself. */
export async function prepareBare(size: number): Promise<void> {
  trips = size;
  bare ??= Array.from({ length: THREADS }, () => new Worker(new URL('./bare.js', import.meta.url)));
  await Promise.all(bare.map((worker) => tripOf(worker, 1)));
}

export async function tripsOfBare(): Promise<number> {
  const free = [...(bare ?? [])];
  return sumOf(THREADS, async (task) => {
    const worker = free.pop();
    if (worker === undefined) throw new Error('prepare first');
    const output = await tripOf(worker, task);
    free.push(worker);
    return output;
  });
}

async function sumOf(callers: number, call: (task: number) => Promise<number>): Promise<number> {
  let sum = 0;
  await closedLoop(callers, trips, async (task) => {
    const output = await call(task);
    sum += output;
  });
  return sum;
}

function tripOf(worker: Worker, task: number): Promise<number> {
  return new Promise((resolve) => {
    worker.once('message', (answer: Answer<number>) => resolve(answer.ok ? answer.output : Number.NaN));
    worker.postMessage(task);
  });
}

/** Two threads compute for a millisecond each time. What does a task cost the main thread, the event loop's? */
export async function costOfLoop(tasks: number): Promise<{ perTaskUs: number; wrong: number }> {
  const file = new URL('./burn.js', import.meta.url);
  const burning = new WorkerPool<number, number>(file, { size: 2, maxQueue: 64 });
  let wrong = tasks;
  const burn = async (): Promise<void> => {
    const burnt = await burning.run(1);
    if (burnt >= 1) wrong--;
  };
  // Threads start, and code is compiled: neither is counted.
  await closedLoop(16, tasks / 4, burn);
  wrong = tasks;
  const before = await loopMs();
  await closedLoop(16, tasks, burn);
  const spent = (await loopMs()) - before;
  return { perTaskUs: (1_000 * spent) / tasks, wrong };
}

/**
 * CPU time of the main thread so far. Where the system does not tell, the time for which the event loop did not wait,
 * which other programs can make longer.
 */
async function loopMs(): Promise<number> {
  // A thread's time is counted when it leaves the processor.
  await new Promise((resolve) => setTimeout(resolve, 1));
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return performance.eventLoopUtilization().active;
  }
}
