/** What the gates count and time. */
import type { FileH } from '../../../../exercises/kernel/types.ts';
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';

const { GroupCommitter } =
  await student<typeof import('../../../../exercises/1-ingestion/04-group-commit/committer.ts')>(
    'committer.ts',
  );

const { openFile } =
  await student<typeof import('../../../../exercises/kernel/index.ts')>('../../kernel/index.ts');

const options = { maxBytes: 1_048_576, maxPending: 4_096 };

/** Writers append to a simulated disk, each its next record when the last one is acknowledged. */
export async function countCalls(
  writers: number,
  records: number,
): Promise<{ syncs: number; trips: number; lost: number; bytes: number }> {
  const clock = new SimClock();
  const disk = new SimDisk(createRng(1), { clock, delays: { append: 1, sync: 5 } });
  disk.put('records', '');
  const counted = countingCalls(await disk.open('records'));
  const committer = new GroupCommitter(counted.file, options);
  let lost = records;
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let i = next++; i < records; i = next++) {
      await committer.append(recordOf(i));
      lost--;
    }
  };
  for (let i = 0; i < writers; i++) void writer();
  await clock.runUntilIdle(3_600_000);
  return { syncs: disk.counts.syncs, trips: counted.calls, lost, bytes: disk.bytes('records').length };
}

/** The same file; each call of it is a trip to the disk. */
function countingCalls(file: FileH): { file: FileH; readonly calls: number } {
  let calls = 0;
  const trip = <T>(call: () => Promise<T>): Promise<T> => {
    calls++;
    return call();
  };
  return {
    file: {
      append: (buffers) => trip(() => file.append(buffers)),
      readAt: (position, length) => trip(() => file.readAt(position, length)),
      sync: () => trip(() => file.sync()),
      size: () => trip(() => file.size()),
      truncate: (size) => trip(() => file.truncate(size)),
      close: () => trip(() => file.close()),
    },
    get calls() {
      return calls;
    },
  };
}

let file: FileH | undefined;
let positions: number[] = [];

/** A new file on the real disk, for the work that follows. */
export async function open(path: string): Promise<void> {
  await file?.close();
  file = await openFile(path);
}

/** The yardstick: each record is appended and synced by itself, one after another. */
export async function syncEach(records: number): Promise<void> {
  const opened = need();
  for (let i = 0; i < records; i++) {
    await opened.append([recordOf(i)]);
    await opened.sync();
  }
}

/** So many writers, each with its next record when the last one is acknowledged. */
export async function commit(writers: number, records: number): Promise<void> {
  const committer = new GroupCommitter(need(), options);
  const answers: number[] = new Array(records).fill(-1);
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let i = next++; i < records; i = next++) answers[i] = await committer.append(recordOf(i));
  };
  await Promise.all(Array.from({ length: writers }, writer));
  await committer.close();
  positions = answers;
}

/** What `commit` was told, record by record. */
export function answered(): number[] {
  return positions;
}

/** 200 bytes that say which record they are. */
export function recordOf(i: number): Uint8Array {
  return Buffer.from(`record ${i} `.padEnd(200, '.'), 'latin1');
}

function need(): FileH {
  if (file === undefined) throw new Error('open a file first');
  return file;
}
