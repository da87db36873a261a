/** One exercise of one submission: what is graded, once. */
import { createHash } from 'node:crypto';
import type { GradedSubmission, GradeRecord, Tier } from '../../core/grading.ts';
import { craftVersion } from '../../core/paths.ts';
import { cleanLine } from '../../report/clean.ts';
import { type Lab, treeOf } from './lab.ts';
import type { Judged } from './pool.ts';
import { oneLine, score, unreached } from './score.ts';
import { seedOf } from './seeds.ts';

export interface Cell {
  /** Hash of all that the result depends on. */
  readonly key: string;
  readonly submission: GradedSubmission;
  readonly lab: Lab;
  readonly seed: string;
  readonly tier: Tier;
  /** Where the submission is, or why it was not taken in. */
  readonly from: { readonly root: string } | { readonly rejected: string };
}

export interface CellOptions {
  readonly submission: GradedSubmission;
  readonly from: Cell['from'];
  readonly lab: Lab;
  /** All seeds come from it. */
  readonly key: string;
  readonly tier: Tier;
}

export function createCell({ submission, from, lab, key, tier }: CellOptions): Cell {
  const seed = seedOf(key, lab.exercise.id, submission.id);
  const content = 'root' in from ? treeOf(from.root, lab.parts) : `rejected: ${from.rejected}`;
  const depends = [
    1,
    submission.id,
    lab.exercise.id,
    lab.hash,
    content,
    seed,
    tier,
    craftVersion,
    process.versions.node,
  ];
  const hash = createHash('sha256').update(JSON.stringify(depends)).digest('hex').slice(0, 32);
  return { key: hash, submission: shown(submission), lab, seed, tier, from };
}

/** Names and paths were chosen by students. */
function shown(submission: GradedSubmission): GradedSubmission {
  const { id, name, email, source } = submission;
  return {
    ...submission,
    id: cleanLine(id),
    name: cleanLine(name),
    ...(email === undefined ? {} : { email: cleanLine(email) }),
    source: cleanLine(source),
  };
}

/** The record of a cell that was judged, or could not be. */
export function recordOf(cell: Cell, judged: Judged): GradeRecord {
  const { startedAt, ms, attempts } = judged;
  const about = { ...common(cell), startedAt: startedAt.toISOString(), ms };
  const { manifest } = cell.lab;
  if ('observation' in judged) {
    const { observation } = judged;
    const scored = score(manifest, observation, cell.seed);
    const rounds = Math.max(observation.rounds, 1);
    if (scored !== undefined) return { ...about, ...scored, attempts: attempts - 1 + rounds };
  }
  const error = 'graderError' in judged ? judged.graderError : sentenceOf(judged.observation);
  return {
    ...about,
    verdict: 'UNGRADED',
    reason: 'The grader failed, not the work; it was tried again. Run the same command once more.',
    score: null,
    ...unreached(manifest, cell.seed),
    attempts,
    graderError: oneLine(error),
  };
}

function sentenceOf({
  verdict,
}: {
  readonly verdict: { readonly outcome: string; readonly summary?: string };
}) {
  return verdict.summary ?? verdict.outcome;
}

/** The record of a submission that was not taken in: nothing to judge. */
export function rejectionOf(cell: Cell, reason: string): GradeRecord {
  return {
    ...common(cell),
    verdict: 'REJECTED',
    reason: oneLine(reason),
    score: 0,
    ...unreached(cell.lab.manifest, cell.seed),
    startedAt: new Date().toISOString(),
    ms: 0,
    attempts: 0,
  };
}

function common({ key, submission, lab, seed, tier }: Cell) {
  const { id, number, title } = lab.exercise;
  return {
    schema: 1,
    key,
    submission,
    exercise: id,
    number,
    title,
    seed,
    tier,
    craft: craftVersion,
    node: process.versions.node,
    lab: lab.hash,
  } as const;
}

/** Whether a record leaves something to be graded by another run. */
export function isOpen({ verdict, gates }: GradeRecord): boolean {
  return verdict === 'UNGRADED' || gates.some(({ status }) => status === 'ungraded');
}
