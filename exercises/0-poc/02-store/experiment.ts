/**
 * What does the size of a batch change?
 *
 *   npx craft run 0.2            50,000 metrics arrive per second
 *   npx craft run 0.2 20000      another rate
 *
 * For each batch size metrics arrive at that rate for two seconds, in small portions, as they would from many
 * clients. The store writes them to a real file in a temporary folder.
 *
 *   written/s   lines that reached the file
 *   appends     writes that took, the work that batching saves
 *   refused     pushes that found the queue full
 *   at risk     accepted but not in the file yet, the mean and the most: what `kill -9` would lose at that moment
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileH, type Metric, openFile, realClock } from '../../kernel/index.ts';
import { BoundedQueue } from '../01-queue/queue.ts';
import { JsonlStore } from './store.ts';

const CAPACITY = 10_000;
const TICK_MS = 5;
const SECONDS = 2;

interface Outcome {
  readonly written: number;
  readonly appends: number;
  readonly refused: number;
  /** One sample for each tick. */
  readonly atRisk: readonly number[];
}

async function run(path: string, batch: number, rate: number): Promise<Outcome> {
  const file = await openFile(path);
  const counted = countAppends(file);
  const queue = new BoundedQueue<Metric>(CAPACITY);
  const store = new JsonlStore(counted.file, queue, realClock, { batch });
  await store.start();
  let offered = 0;
  let refused = 0;
  const atRisk: number[] = [];
  const startedAt = performance.now();
  for (let elapsed = 0; elapsed < SECONDS * 1_000; elapsed = performance.now() - startedAt) {
    // As many as should have arrived by now: a late tick brings more.
    for (const due = (elapsed / 1_000) * rate; offered < due; offered++) {
      const metric = {
        name: 'cpu_usage',
        value: offered % 100,
        timestamp: Date.now(),
        tags: { host: 'web-1' },
      };
      if (!queue.push(metric)) refused++;
    }
    atRisk.push(offered - refused - store.stats.written);
    await realClock.sleep(TICK_MS);
  }
  const { written } = store.stats;
  const { appends } = counted;
  await store.stop();
  await file.close();
  return { written, appends, refused, atRisk };
}

function countAppends(file: FileH): { file: FileH; readonly appends: number } {
  let appends = 0;
  const append: FileH['append'] = (buffers) => {
    appends++;
    return file.append(buffers);
  };
  return {
    // The methods of the real file need their own `this`.
    file: {
      append,
      readAt: (position, length) => file.readAt(position, length),
      sync: () => file.sync(),
      size: () => file.size(),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    },
    get appends() {
      return appends;
    },
  };
}

function printRow(cells: readonly (string | number)[]): void {
  const text = cells.map((cell) => (typeof cell === 'number' ? Math.round(cell).toLocaleString('en') : cell));
  console.log(text.map((cell) => cell.padStart(15)).join(''));
}

async function compare(rate: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  try {
    console.log(
      `${rate.toLocaleString('en')} metrics arrive per second; the queue holds ${CAPACITY.toLocaleString('en')}`,
    );
    printRow(['batch', 'written/s', 'appends', 'refused', 'at risk, mean', 'most']);
    for (const batch of [1, 10, 100, 1_000]) {
      const { written, appends, refused, atRisk } = await run(join(folder, `${batch}.jsonl`), batch, rate);
      const mean = atRisk.reduce((a, b) => a + b, 0) / atRisk.length;
      printRow([batch, written / SECONDS, appends, refused, mean, Math.max(...atRisk)]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [argument = '50000'] = process.argv.slice(2);
const rate = Number(argument);
if (rate >= 1 && rate <= 10_000_000) {
  await compare(rate);
} else {
  console.error(
    `the rate must be a number of metrics per second, written without commas, such as 20000, not ${argument}`,
  );
  process.exitCode = 1;
}
