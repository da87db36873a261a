/** `craft grade merge`: the shards of one class, put together as if one machine had graded it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { writeAtomic, writing } from '../../core/files.ts';
import type { GradeRecord, GradeReport } from '../../core/grading.ts';
import { withLockFile } from '../../progress/index.ts';
import { assemble } from './assemble.ts';
import { ledgerName, readLedger } from './ledger.ts';
import { readSettings, type Settings, writeSettings } from './settings.ts';

interface Run {
  readonly folder: string;
  readonly settings: Settings;
  readonly records: ReadonlyMap<string, GradeRecord>;
}

/** Throws CANNOT_MERGE with the folder and the reason: another lab, other seeds, a run that is not finished. */
export async function mergeRuns(folders: readonly string[], out: string): Promise<GradeReport> {
  const runs = folders.map(readRun);
  const [first] = runs;
  if (first === undefined) throw new CraftError('BAD_USAGE', { message: 'Name the folders to merge.' });
  for (const run of runs) {
    const why = misfitOf(run, first) ?? unfinished(run);
    if (why !== undefined) throw new CraftError('CANNOT_MERGE', { folder: run.folder, why });
  }
  const missing = missingShards(runs);
  if (missing !== undefined) throw new CraftError('CANNOT_MERGE', { folder: out, why: missing });
  const { settings, records } = union(runs);
  writing(out, () => mkdirSync(out, { recursive: true }));
  return withLockFile(
    { root: out, state: out },
    '.grading',
    () => {
      const lines = [...records.values()].map((record) => `${JSON.stringify(record)}\n`);
      writeAtomic(join(out, ledgerName), lines.join(''));
      writeSettings(out, settings);
      return assemble(settings, records, sum(records));
    },
    { waitMs: 0 },
  );
}

function readRun(folder: string): Run {
  const refuse = (why: string): CraftError => new CraftError('CANNOT_MERGE', { folder, why });
  if (!existsSync(join(folder, ledgerName))) {
    throw refuse(`there is no ${ledgerName} in it: name what --out named`);
  }
  const settings = readSettings(folder);
  if (settings === undefined) throw refuse('its run.json is missing, or cannot be read');
  return { folder, settings, records: readLedger(folder).records };
}

/** In what two runs must be alike for their figures to be one class's. */
function misfitOf({ settings }: Run, { settings: first, folder }: Run): string | undefined {
  const with_ = `than ${folder}`;
  if (settings.craft !== first.craft) return `it was graded by another craft (${settings.craft}) ${with_}`;
  if (settings.fingerprint !== first.fingerprint) {
    return `its seeds come from another key ${with_}: grade all shards with one --seed or course file`;
  }
  const names = (run: Settings): string => run.exercises.map(({ number }) => number).join(' ');
  if (names(settings) !== names(first)) return `other exercises were asked for ${with_}: ${names(settings)}`;
  const other = settings.exercises.find(({ lab, maxScore }, i) => {
    return lab !== first.exercises[i]?.lab || maxScore !== first.exercises[i]?.maxScore;
  });
  if (other !== undefined) return `${other.number} had other checks, points or limits ${with_}`;
  const { count } = settings.shard ?? { count: 1 };
  return count === (first.shard?.count ?? 1) ? undefined : `it is one of ${count} shards, others are not`;
}

function unfinished({ settings: { students }, records }: Run): string | undefined {
  const cells = students.flatMap((student) => student.cells);
  const left = cells.filter((key) => !records.has(key)).length;
  if (left === 0) return undefined;
  return `${left} of its ${cells.length} are not graded yet: run the same craft grade again`;
}

function missingShards(runs: readonly Run[]): string | undefined {
  const count = runs[0]?.settings.shard?.count ?? 1;
  const there = new Set(runs.map(({ settings }) => settings.shard?.index ?? 1));
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !there.has(index));
  if (missing.length === 0) return undefined;
  return `of ${count} shards, ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
}

function union(runs: readonly Run[]): { settings: Settings; records: Map<string, GradeRecord> } {
  const students = new Map<string, Settings['students'][number]>();
  const records = new Map<string, GradeRecord>();
  for (const { folder, settings, records: theirs } of runs) {
    for (const student of settings.students) {
      const known = students.get(student.submission.id);
      if (known !== undefined && known.cells.join() !== student.cells.join()) {
        const why = `${student.submission.id} handed in something else than in another folder`;
        throw new CraftError('CANNOT_MERGE', { folder, why });
      }
      students.set(student.submission.id, student);
      for (const key of student.cells) {
        const record = theirs.get(key);
        // Of two, the one that says more.
        if (record !== undefined && records.get(key)?.score == null) records.set(key, record);
      }
    }
  }
  const all = runs.map(({ settings }) => settings);
  const [first] = all as [Settings, ...Settings[]];
  const { shard: _, work: __, ...common } = first;
  const weak = all.find(({ tier }) => tier === 'process');
  return {
    settings: {
      ...common,
      ...(weak === undefined ? {} : { tier: 'process', tierReason: weak.tierReason }),
      startedAt: all.map(({ startedAt }) => startedAt).sort()[0] ?? first.startedAt,
      students: [...students.values()].sort((a, b) => a.place - b.place),
    },
    records,
  };
}

function sum(records: ReadonlyMap<string, GradeRecord>): number {
  return [...records.values()].reduce((total, { ms }) => total + ms, 0);
}
