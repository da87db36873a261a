/**
 * `craft grade`: takes submissions in, makes a cell of every exercise of each, lets judges observe those that have no
 * record yet, and puts the records together. What has a record is not graded again.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { writing } from '../../core/files.ts';
import type { GradeRecord, GradeReport } from '../../core/grading.ts';
import { withLockFile } from '../../progress/index.ts';
import { type Candidate, discover } from '../intake/index.ts';
import { assemble } from './assemble.ts';
import { type Cell, createCell, isOpen, recordOf, rejectionOf } from './cells.ts';
import { takeInAll } from './intaking.ts';
import { type Ledger, ledgerName, openLedger } from './ledger.ts';
import { checkPlaces, makeWork } from './places.ts';
import { judgeAll } from './pool.ts';
import { type Asked, makeLabs, makePlan, type Plan, settingsOf } from './prepare.ts';
import { shardOf } from './seeds.ts';
import { readSettings, type Settings, writeSettings } from './settings.ts';
import { createSlots } from './slots.ts';
import { type FoundTier, findTier } from './tier.ts';
import { createTurns, machineLock } from './turns.ts';

export interface GradeOptions extends Asked {
  /** A folder of submissions, or a roster; absolute. */
  readonly input: string;
  /** Where run.jsonl goes; made when missing; absolute. */
  readonly out: string;
  /** Submissions judged at once. */
  readonly jobs: number;
  /** Folder of the instructor's own checks. */
  readonly checks?: string;
  readonly gates: boolean;
  readonly allowUnsealed: boolean;
  readonly signal: AbortSignal;
  onProgress?(progress: GradeProgress): void;
  onNotice?(text: string): void;
}

export interface GradeProgress {
  readonly stage: 'taking in' | 'grading';
  readonly done: number;
  readonly total: number;
  /** Of `done`, those of this run, and in which time. */
  readonly graded: number;
  readonly ms: number;
}

/** When so many in a row could not be graded, it is not the submissions: a class would take hours to say the same. */
const mostFailures = 20;

/** Rejects with GRADE_STOPPED when the signal is aborted; what was graded until then is kept. */
export async function gradeClass(options: GradeOptions): Promise<GradeReport> {
  const { input, out, allowUnsealed, signal } = options;
  checkPlaces(input, out);
  const plan = makePlan(options);
  const candidates = await findCandidates(options);
  const tier = await findTier(allowUnsealed);
  if (signal.aborted) throw new CraftError('INTERRUPTED');
  writing(out, () => mkdirSync(out, { recursive: true }));
  const place = { root: out, state: out };
  return withLockFile(place, '.grading', () => new Run(options, plan, tier).grade(candidates), { waitMs: 0 });
}

/** A submission, and where it stands in the class. */
interface Found {
  readonly candidate: Candidate;
  readonly place: number;
}

/** Of this shard; the rest is not even opened. */
async function findCandidates({ input, out, shard, signal }: GradeOptions): Promise<Found[]> {
  const all = await discover(input, { exclude: [out], signal });
  if (all.length === 0) throw new CraftError('BAD_USAGE', { message: `${input} holds no submissions.` });
  return all
    .map((candidate, place) => ({ candidate, place }))
    .filter(({ candidate }) => {
      return shard === undefined || shardOf(candidate.submission.id, shard.count) === shard.index;
    });
}

class Run {
  readonly #options: GradeOptions;
  readonly #plan: Plan;
  readonly #tier: FoundTier;
  readonly #began = performance.now();

  constructor(options: GradeOptions, plan: Plan, tier: FoundTier) {
    this.#options = options;
    this.#plan = plan;
    this.#tier = tier;
  }

  async grade(found: readonly Found[]): Promise<GradeReport> {
    const { out, shard, onNotice } = this.#options;
    const before = readSettings(out);
    const work = makeWork(before?.work);
    const ledger = openLedger(out);
    try {
      if (ledger.unreadable > 0) {
        onNotice?.(`${join(out, ledgerName)}: ${ledger.unreadable} lines cannot be read and are left alone.`);
      }
      const labs = await makeLabs(this.#plan, { ...this.#options, work });
      const known = { ...(shard && { shard }), ...(before && { before }) };
      const { settings, key } = settingsOf(this.#plan, labs, this.#tier, known);
      // The folder of temporary files and the key must be known to the next run, whenever this one is killed.
      writeSettings(out, { ...settings, work });
      const { cells, students } = await this.#makeCells(found, work, labs, key);
      writeSettings(out, { ...settings, students, work });
      await this.#judge(cells, ledger, work);
      writeSettings(out, { ...settings, students });
      return assemble({ ...settings, students }, ledger.records, performance.now() - this.#began);
    } finally {
      ledger.close();
      rmSync(work, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** By submission: some exercises compute and some wait, and so both are under way at once. */
  async #makeCells(
    mine: readonly Found[],
    work: string,
    labs: Awaited<ReturnType<typeof makeLabs>>,
    key: string,
  ): Promise<{ cells: Cell[]; students: Settings['students'] }> {
    const { signal, onProgress } = this.#options;
    const began = performance.now();
    const intakes = await takeInAll(
      mine.map(({ candidate }) => candidate),
      join(work, 'submissions'),
      {
        limits: this.#plan.limits,
        signal,
        onTaken: (done) => {
          const ms = performance.now() - began;
          onProgress?.({ stage: 'taking in', done, total: mine.length, graded: done, ms });
        },
      },
    );
    const rows = intakes.map((intake) => {
      const { submission } = intake;
      const from = intake.outcome === 'taken' ? { root: intake.root } : { rejected: intake.reason };
      return labs.map((lab) => createCell({ submission, from, lab, key, tier: this.#tier.tier }));
    });
    const students = rows.map((cells, i) => ({
      place: mine[i]?.place ?? i,
      submission: cells[0]?.submission ?? { id: '', name: '', source: '' },
      cells: cells.map((cell) => cell.key),
    }));
    return { cells: rows.flat(), students };
  }

  async #judge(cells: readonly Cell[], ledger: Ledger, work: string): Promise<void> {
    const { jobs, signal, onProgress, out } = this.#options;
    const began = performance.now();
    let graded = 0;
    let failedInARow = 0;
    const isDone = ({ key }: Cell): boolean => {
      const record = ledger.records.get(key);
      return record !== undefined && !isOpen(record);
    };
    const tell = (): void => {
      const done = cells.filter(isDone).length;
      onProgress?.({ stage: 'grading', done, total: cells.length, graded, ms: performance.now() - began });
    };
    const keep = (record: GradeRecord): void => {
      ledger.append(record);
      graded++;
      tell();
      failedInARow = record.verdict === 'UNGRADED' ? failedInARow + 1 : 0;
      if (failedInARow < mostFailures) return;
      const details = { count: failedInARow, error: record.graderError ?? '', out };
      throw new CraftError('GRADER_FAILS', details);
    };
    const left = cells.filter((cell) => !isDone(cell));
    for (const cell of left) if ('rejected' in cell.from) keep(rejectionOf(cell, cell.from.rejected));
    const turns = createTurns(machineLock(signal));
    try {
      await judgeAll(
        left.filter(({ from }) => 'root' in from),
        {
          jobs,
          signal,
          turns,
          ...createSlots(work, this.#tier, turns),
          onJudged: (cell, judged) => keep(recordOf(cell, judged)),
        },
      );
    } catch (error) {
      if (!signal.aborted) throw error;
      const done = cells.filter(isDone).length;
      throw new CraftError('GRADE_STOPPED', { done, total: cells.length, out }, { cause: error });
    }
  }
}
