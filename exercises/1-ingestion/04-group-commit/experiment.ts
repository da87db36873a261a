/**
 * What does a durable record cost, and who pays for it?
 *
 *   npx craft run 1.4                 1 to 512 writers, in this folder
 *   npx craft run 1.4 /dev/shm        in another folder: this one is memory, where a sync costs nothing
 *   npx craft run 1.4 . 800           with another maxBytes: 800 are four records
 *
 * Each writer appends a record of 200 bytes, waits until it is durable, and appends the next one, for a second. The
 * first row needs no committer: one append and one sync for each record.
 *
 *   records/s        acknowledged, so durable
 *   syncs/s          what the disk was asked for
 *   per sync         records that shared one
 *   p50, p99 (ms)    from the call of append to its answer
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileH, openFile } from '../../kernel/index.ts';
import { GroupCommitter } from './committer.ts';

const SECONDS = 1;
const RECORD = new Uint8Array(200).fill(46);

interface Outcome {
  /** One latency for each record, in milliseconds. */
  readonly latencies: number[];
  readonly syncs: number;
  readonly seconds: number;
}

/** So many writers call `append` for a second, each when its last call has resolved. */
async function load(file: FileH, writers: number, maxBytes: number | undefined): Promise<Outcome> {
  let syncs = 0;
  const counted: FileH = {
    append: (buffers) => file.append(buffers),
    sync: () => {
      syncs++;
      return file.sync();
    },
    readAt: (position, length) => file.readAt(position, length),
    size: () => file.size(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  };
  let append = async (record: Uint8Array): Promise<unknown> => {
    await counted.append([record]);
    await counted.sync();
    return undefined;
  };
  if (maxBytes !== undefined) {
    const committer = new GroupCommitter(counted, { maxBytes, maxPending: 4_096 });
    append = (record) => committer.append(record);
  }
  const latencies: number[] = [];
  const startedAt = performance.now();
  const writer = async (): Promise<void> => {
    for (let now = performance.now(); now - startedAt < SECONDS * 1_000; ) {
      await append(RECORD);
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return { latencies, syncs, seconds: (performance.now() - startedAt) / 1_000 };
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(13))).join(''));
}

function printOutcome(name: string, { latencies, syncs, seconds }: Outcome): void {
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (p: number): string => (sorted[Math.ceil(p * sorted.length) - 1] ?? 0).toFixed(2);
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  printRow([
    name,
    whole(sorted.length / seconds),
    whole(syncs / seconds),
    (sorted.length / syncs).toFixed(1),
    quantile(0.5),
    quantile(0.99),
  ]);
}

async function compare(parent: string, maxBytes: number): Promise<void> {
  const folder = await mkdtemp(join(parent, 'group-commit-'));
  try {
    printRow(['writers', 'records/s', 'syncs/s', 'per sync', 'p50 (ms)', 'p99 (ms)']);
    for (const writers of [0, 1, 4, 16, 64, 256, 512]) {
      const file = await openFile(join(folder, String(writers)));
      const limit = writers === 0 ? undefined : maxBytes;
      const name = writers === 0 ? '1, no group' : String(writers);
      printOutcome(name, await load(file, Math.max(1, writers), limit));
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [folder = '.', bytes = '1048576'] = process.argv.slice(2);
const maxBytes = Number(bytes);
if (Number.isInteger(maxBytes) && maxBytes >= 1) {
  await compare(folder, maxBytes);
} else {
  console.error(`maxBytes must be a whole number, written without commas, such as 800, not ${bytes}`);
  process.exitCode = 1;
}
