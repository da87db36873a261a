/**
 * What `craft check` has proved, kept by content. A record's name is the hash of everything its proof depends on:
 * the exercise, its solution, second design and checks, the same of all it imports, the grader, Node. Whoever
 * changes any of it has no proof; and a run of `craft check` that left something out is none either.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { writeAtomic } from '../../core/files.ts';
import { craftVersion } from '../../core/paths.ts';
import type { CurriculumReport } from '../../core/proof.ts';
import { isCount, isText, misfit, oneOf } from '../../core/shape.ts';
import type { Exercise } from '../../core/types.ts';
import { allImports } from '../../curriculum/index.ts';
import { filesBelow, type Source } from './source.ts';

/** Tries everything that `craft check` knows about one exercise. */
export type Prove = (exercise: Exercise) => Promise<CurriculumReport>;

/** Claims without which a check was not a whole one; and one mutant at least. */
const needed = ['stub', 'solution', 'design'];

const recordShape = { schema: oneOf(1), key: isText, exercise: isText, claims: isCount, at: isText };

/** Names the content that a proof of this exercise is about. */
export function proofKey(exercise: Exercise, source: Source): string {
  const { curriculum, library, checks } = source;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([1, craftVersion, process.version, curriculum.exercises.map(({ id }) => id)]));
  addGrader(hash, source);
  for (const { id, directory } of [exercise, ...allImports(curriculum, exercise)]) {
    const folders = [library.solutions, library.designs, library.checks, checks].map((root) =>
      join(root, id),
    );
    for (const folder of [directory, ...folders]) addFolder(hash, folder, `${id} `);
  }
  addFolder(hash, join(curriculum.directory, 'kernel'), 'kernel ');
  return hash.digest('hex');
}

/** The compiled grader without the checks, which each exercise brings itself. */
function addGrader(hash: ReturnType<typeof createHash>, { build, library }: Source): void {
  if (build === undefined) return;
  addFolder(
    hash,
    build.output,
    'grader ',
    (file) => file.endsWith('.js') && !file.startsWith(library.checks),
  );
}

function addFolder(
  hash: ReturnType<typeof createHash>,
  folder: string,
  label: string,
  counts: (file: string) => boolean = () => true,
): void {
  for (const file of filesBelow(folder).filter(counts)) {
    const content = readFileSync(file);
    hash.update(`${label}${relative(folder, file)}\0${content.length}\0`).update(content);
  }
}

/** Whether the exercise, as it is now, has been proved. */
export function isProved(folder: string, exercise: Exercise, key: string): boolean {
  const path = recordPath(folder, key);
  if (!existsSync(path)) return false;
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (misfit(record, recordShape) !== undefined) return false;
    const {
      key: recorded,
      exercise: id,
      claims,
    } = record as { key: string; exercise: string; claims: number };
    return recorded === key && id === exercise.id && claims > needed.length;
  } catch {
    return false;
  }
}

/** Proves one exercise and keeps that it is. Throws UNPROVED with the first claim that does not hold. */
export async function proveAndKeep(
  folder: string,
  exercise: Exercise,
  source: Source,
  prove: Prove,
): Promise<void> {
  const key = proofKey(exercise, source);
  const claims = requireWhole(exercise, await prove(exercise));
  // Proved is what was there all the time that the proof took.
  if (proofKey(exercise, source) !== key)
    throw new CraftError('DIRTY_SOURCE', { files: `while it was proved, the files of ${exercise.number}` });
  const record = {
    schema: 1,
    key,
    exercise: exercise.id,
    claims,
    craft: craftVersion,
    at: new Date().toISOString(),
  };
  writeAtomic(recordPath(folder, key), `${JSON.stringify(record, null, 2)}\n`);
}

/** The number of claims of a report that is about this exercise, whole, and sound. */
function requireWhole(exercise: Exercise, { proofs, sound }: CurriculumReport): number {
  const unproved = (claim: string, problem: string): CraftError =>
    new CraftError('UNPROVED', { exercise: exercise.number, claim, problem });
  const own = proofs.filter((proof) => proof.exercise === exercise.id);
  const broken = own.find(({ holds }) => !holds);
  if (broken !== undefined) throw unproved(broken.claim, broken.problems[0] ?? 'it does not hold');
  const missing = needed.find((claim) => !own.some((proof) => proof.claim === claim));
  if (missing !== undefined) throw unproved(missing, 'craft check did not try it');
  if (!own.some(({ claim }) => claim.startsWith('mutant ')))
    throw unproved('mutants', 'craft check tried none');
  // E.g. a claim about the curriculum as a whole.
  const other = proofs.find(({ holds }) => !holds);
  if (other !== undefined || !sound)
    throw unproved(other?.claim ?? 'all', other?.problems[0] ?? 'it does not hold');
  return own.length;
}

function recordPath(folder: string, key: string): string {
  return join(folder, `${key}.json`);
}
