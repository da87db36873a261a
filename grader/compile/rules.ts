/**
 * What an exercise refuses, found before anything runs. The scan reads the compiled modules, which hold exactly
 * what would run (types are gone), and reports the lines of the sources.
 *
 * A scan cannot see everything; `grader/subject/traps.ts` catches the rest at run time.
 */
import { readdir } from 'node:fs/promises';
import { CraftError } from '../core/errors.ts';
import { refusedBy } from '../core/refused.ts';
import type { Build, Curriculum, Exercise, ForbiddenApi, RuleViolation } from '../core/types.ts';
import { examine, NO_CHECK, type Reading } from './examine.ts';
import { withImports } from './stage.ts';

/** Scans the student's part of a build. Each file is held by the list of its own exercise, and by the general one. */
export async function scanRules(build: Build, curriculum: Curriculum): Promise<RuleViolation[]> {
  const exercises = withImports(build.exercise, curriculum);
  const reading: Reading = {
    source: build.source,
    output: build.output,
    files: inReadingOrder(build).map((file) => ({
      file,
      refused: refusedIn(file, build.exercise, exercises),
    })),
    compiled: await readdir(build.output, { recursive: true }),
  };
  if (build.jail !== undefined) return (await import('./jailed.ts')).examineInJail(reading);
  return examine(reading, await import('oxc-parser'));
}

/** A module of threads may be used by who may not have any: it was allowed where it was written. */
function refusedIn(file: string, exercise: Exercise, exercises: readonly Exercise[]): ForbiddenApi[] {
  const own = exercises.find(({ id }) => file.startsWith(`exercises/${id}/`)) ?? exercise;
  return refusedBy({ ...own, allow: [...own.allow, ...exercise.allow] });
}

/** The error that a violation leads to. */
export function ruleError({ file, line, column, api, why }: RuleViolation): CraftError {
  const where = `${file}:${line}:${column}`;
  if (api === NO_CHECK) return new CraftError('SUPPRESSED_TYPES', { directive: api, where });
  return new CraftError('FORBIDDEN_API', { api, why, where });
}

/** The exercise's own folder first. */
function inReadingOrder({ exercise, files }: Build): string[] {
  const own = (file: string): boolean => file.startsWith(`exercises/${exercise.id}/`);
  return [...files.filter(own), ...files.filter((file) => !own(file))];
}
