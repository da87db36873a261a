/**
 * Cuts the power at every point of one history: clients append, each its next record when the last one has its answer,
 * on a disk that takes its time. The history is the same each time, only its end is not.
 */
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';
import { bytesOf, start, textOf, WatchedFile } from './file.ts';

const { GroupCommitter } =
  await student<typeof import('../../../../exercises/1-ingestion/04-group-commit/committer.ts')>(
    'committer.ts',
  );

const PATH = 'records';

/** What goes wrong beside the power; nothing when absent. */
export type Trouble =
  /** The nth append fails when so many bytes of it are written. */
  | { readonly kind: 'tear'; readonly nth: number; readonly bytes: number }
  /** The nth sync fails. */
  | { readonly kind: 'sync'; readonly nth: number };

export interface World {
  /** What each client appends. */
  readonly clients: string[][];
  readonly maxBytes: number;
  readonly maxPending?: number;
  /** What stood in the file before. */
  readonly found: string;
  readonly seed: number;
  readonly trouble?: Trouble;
}

/** What a client was told: the record's position, or -1 when it was rejected. In the order of the calls. */
export interface Answer {
  readonly text: string;
  readonly position: number;
}

export interface Cut {
  /** The power failed when the disk had done so many changes: appends, syncs, cuts. */
  readonly after: number;
  /** How many of the unsynced bytes the disk kept: `3 of 17`. */
  readonly kept: string;
  /** All that had been answered. */
  readonly answers: Answer[];
  readonly file: string;
}

export interface Cuts {
  /** How many changes the whole history has. */
  readonly changes: number;
  /** Records that had no answer when the history was over, and those that were rejected. */
  readonly unanswered: number;
  readonly rejected: number;
  readonly cuts: Cut[];
}

/** Every change of the disk, and for each every number of bytes that it can have kept; and other damage, by chance. */
export async function cutEverywhere(world: World): Promise<Cuts> {
  const whole = await run(world, Number.POSITIVE_INFINITY);
  const cuts: Cut[] = [];
  for (let after = 0; after <= whole.changes; after++) {
    let keeps: (number | 'damaged')[] = [0, 'damaged', 'damaged'];
    for (let i = 0; i < keeps.length; i++) {
      const { disk, answers, unsynced } = await run(world, after);
      if (i === 0) keeps = [...keeps, ...Array.from({ length: unsynced }, (_, bytes) => bytes + 1)];
      const keep = keeps[i] ?? 0;
      disk.crash(keep === 'damaged' ? 'random' : keep === 0 ? 'nothing' : { bytes: keep });
      const kept = keep === 'damaged' ? `a damaged part of ${unsynced}` : `${keep} of ${unsynced}`;
      cuts.push({ after, kept, answers, file: textOf(disk.bytes(PATH)) });
    }
  }
  const rejected = whole.answers.filter(({ position }) => position < 0).length;
  return { changes: whole.changes, unanswered: whole.unanswered, rejected, cuts };
}

/** The history without a power cut: who was answered, and which calls of the file overlapped. */
export async function wholeHistory(world: World) {
  const { answers, unanswered, overlaps } = await run(world, Number.POSITIVE_INFINITY);
  return { rejected: answers.filter(({ position }) => position < 0).length, unanswered, overlaps };
}

/** The history up to a power cut; what had been answered by then. */
async function run({ clients, maxBytes, maxPending = 1_000, found, seed, trouble }: World, changes: number) {
  const clock = new SimClock();
  const disk = new SimDisk(createRng(seed), { clock, delays: { append: [0, 3], sync: [1, 9] } });
  disk.put(PATH, found);
  const file = new WatchedFile(await disk.open(PATH));
  if (trouble?.kind === 'tear') file.tear(trouble.bytes, 'ENOSPC', trouble.nth);
  if (trouble?.kind === 'sync') file.failSync(trouble.nth);
  const opened = disk.changes;
  disk.powerOffAfter(changes);
  const committer = new GroupCommitter(file, { maxBytes, maxPending });
  const calls: { text: string; position?: number }[] = [];
  let unwritten: Error | undefined;
  // The next record follows from inside the answer, or so many microtasks later: `await`s between the two differ.
  const client = async (records: readonly string[], microtasks: number): Promise<void> => {
    for (let i = 0; i < microtasks; i++) await undefined;
    const [text, ...others] = records;
    if (text === undefined) return;
    const call: { text: string; position?: number } = { text };
    calls.push(call);
    const answer = (position: number): void => {
      call.position = position;
      void client(others, microtasks);
    };
    start(() => committer.append(bytesOf(text))).then(answer, (error: unknown) => {
      // Not a wrong answer but no answer yet: craft has its own words for that.
      if (error instanceof Error && error.message.startsWith('TODO(human)')) unwritten = error;
      answer(-1);
    });
  };
  for (const [index, records] of clients.entries())
    void clock.sleep(2 * index).then(() => client(records, index));
  await clock.runUntilIdle(60_000);
  if (unwritten !== undefined) throw unwritten;
  const answers = calls.flatMap(({ text, position }) => (position === undefined ? [] : [{ text, position }]));
  return {
    disk,
    answers,
    overlaps: file.overlaps,
    unsynced: disk.unsynced(PATH),
    changes: disk.changes - opened,
    unanswered: clients.flat().length - answers.length,
  };
}
