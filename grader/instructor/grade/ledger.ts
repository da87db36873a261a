/**
 * `run.jsonl`: one record a line, only ever added to. A record is there whole or not at all: a line that a kill has cut
 * is taken off by the next run, and what it was about is graded again.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writing } from '../../core/files.ts';
import type { GradeRecord } from '../../core/grading.ts';

export const ledgerName = 'run.jsonl';

const status = z.enum(['passed', 'failed', 'not reached']);
const graded = {
  id: z.string(),
  title: z.string(),
  points: z.number(),
  maxPoints: z.number(),
  ms: z.number(),
  message: z.string().optional(),
};
const record = z.object({
  schema: z.literal(1),
  key: z.string(),
  submission: z.object({ id: z.string(), name: z.string(), source: z.string() }),
  exercise: z.string(),
  number: z.string(),
  title: z.string(),
  verdict: z.string(),
  reason: z.string(),
  score: z.number().nullable(),
  maxScore: z.number(),
  checks: z.array(z.object({ ...graded, status, seed: z.string() })),
  gates: z.array(
    z.object({ ...graded, status: z.union([status, z.literal('ungraded')]), limit: z.number() }),
  ),
  seed: z.string(),
  tier: z.enum(['sealed', 'process']),
  lab: z.string(),
  ms: z.number(),
});

/** The newest record of each key, and how many lines could not be read. */
export interface LedgerContent {
  readonly records: ReadonlyMap<string, GradeRecord>;
  readonly unreadable: number;
}

export function readLedger(folder: string): LedgerContent {
  const path = join(folder, ledgerName);
  const records = new Map<string, GradeRecord>();
  if (!existsSync(path)) return { records, unreadable: 0 };
  let unreadable = 0;
  const lines = readFileSync(path, 'utf8').split('\n');
  // What follows the last newline is not finished.
  for (const line of lines.slice(0, -1)) {
    const found = readRecord(line);
    if (found === undefined) unreadable++;
    else records.set(found.key, found);
  }
  return { records, unreadable };
}

function readRecord(line: string): GradeRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return record.safeParse(value).success ? (value as GradeRecord) : undefined;
  } catch {
    return undefined;
  }
}

export interface Ledger extends LedgerContent {
  /** On the disk when it returns. Throws DISK_FULL or NOT_WRITABLE. */
  append(record: GradeRecord): void;
  close(): void;
}

/** Takes off a cut line, and is ready for more. One grader at a time: the caller has the folder's lock. */
export function openLedger(folder: string): Ledger {
  const path = join(folder, ledgerName);
  return writing(path, () => {
    takeOffCutLine(path);
    const { records: found, unreadable } = readLedger(folder);
    const records = new Map(found);
    const file = openSync(path, 'a', 0o644);
    return {
      records,
      unreadable,
      append: (added) => {
        writing(path, () => {
          const line = Buffer.from(`${JSON.stringify(added)}\n`);
          for (let done = 0; done < line.length; ) done += writeSync(file, line, done);
          fdatasyncSync(file);
        });
        records.set(added.key, added);
      },
      close: () => closeSync(file),
    };
  });
}

function takeOffCutLine(path: string): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(path, whole);
}
