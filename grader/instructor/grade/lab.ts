/** What one exercise of a class is: which checks and gates, what they are worth, and a hash of all that decides. */
import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../../core/limits.ts';
import type { Curriculum, Exercise } from '../../core/types.ts';
import { allImports } from '../../curriculum/index.ts';
import { checksDirectory, loadGates } from '../../run/index.ts';
import type { OwnChecks } from './ownchecks.ts';
import type { Points } from './points.ts';
import type { CheckSet } from './protocol.ts';
import type { GateClaim, ScoreManifest } from './score.ts';

export interface Lab {
  readonly exercise: Exercise;
  readonly manifest: ScoreManifest;
  readonly sets: readonly CheckSet[];
  /** Ids of the exercises whose files make the program, itself first. */
  readonly parts: readonly string[];
  /** Of the checks, the given files, the rules and the limits. */
  readonly hash: string;
}

export interface LabOptions {
  readonly curriculum: Curriculum;
  readonly points: Points;
  /** Whether gates are held. Where they are not, nobody can have their points. */
  readonly gates: boolean;
  /** The instructor's. */
  readonly own?: OwnChecks;
}

/** Throws BROKEN_INSTALLATION when craft's own checks are not there. */
export async function createLab(exercise: Exercise, options: LabOptions): Promise<Lab> {
  const { curriculum, points, gates, own } = options;
  const claims = gates ? (await loadGates(exercise)).map(claimOf) : [];
  const theirs = own === undefined ? [] : [{ directory: own.directory, checks: own.checks }];
  const ours = own?.instead === true ? [] : [{ checks: exercise.checks }];
  const sets: CheckSet[] = [...ours, ...theirs];
  const parts = [exercise, ...allImports(curriculum, exercise)];
  const manifest: ScoreManifest = {
    checks: sets.flatMap(({ checks }) => checks),
    gates: claims,
    points: { checks: points.checks, gates: claims.length > 0 ? points.gates : 0 },
  };
  const hash = createHash('sha256').update(JSON.stringify([manifest, limits]));
  for (const part of parts) {
    hashFiles(hash, part.directory, ['exercise.json', ...part.given]);
  }
  const kernel = join(curriculum.directory, 'kernel');
  hashFiles(hash, kernel, programsIn(kernel, '.ts'));
  const folder = checksDirectory(exercise);
  const programs = programsIn(folder, '.js').filter((name) => name !== 'mutants.js');
  hashFiles(hash, folder, programs);
  if (own !== undefined) hash.update(own.hash);
  return {
    exercise,
    manifest,
    sets,
    parts: parts.map(({ id }) => id),
    hash: hash.digest('hex').slice(0, 32),
  };
}

function claimOf(gate: Awaited<ReturnType<typeof loadGates>>[number]): GateClaim {
  const { id, title, kind, limit } = gate;
  if (gate.kind === 'exponent') return { id, title, kind, limit, unit: 'exponent', better: 'lower' };
  if (gate.kind === 'ratio')
    return { id, title, kind, limit, unit: `x ${gate.yardstick.name}`, better: 'lower' };
  return { id, title, kind, limit, unit: gate.unit, better: gate.kind === 'abs' ? gate.better : 'lower' };
}

function programsIn(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .sort();
}

function hashFiles(hash: Hash, folder: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(folder, name);
    hash.update(`${name}\0`).update(existsSync(path) ? readFileSync(path) : 'absent');
  }
}

/** Of what a student handed in for these exercises: an exercise of another one's changes nothing. */
export function treeOf(root: string, exercises: readonly string[]): string {
  const hash = createHash('sha256');
  for (const id of exercises) {
    const folder = join(root, 'exercises', id);
    hashFiles(hash.update(`${id}\0`), folder, programsIn(folder, '.ts'));
  }
  return hash.digest('hex');
}
