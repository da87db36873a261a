/**
 * What an exercise refuses, found before anything runs. The scan reads the compiled modules, which hold exactly
 * what would run (types are gone), and reports the lines of the sources.
 *
 * A scan cannot see everything; `grader/subject/traps.ts` catches the rest at run time.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { refusedBy } from '../core/refused.ts';
import type { Build, Curriculum, Exercise, ForbiddenApi, RuleViolation } from '../core/types.ts';
import { type ScanRequest, scan } from './scan.ts';
import { withImports } from './stage.ts';

type Parser = typeof import('oxc-parser');

const NO_CHECK = '@ts-nocheck';

/** Scans the student's part of a build. Each file is held by the list of its own exercise, and by the general one. */
export async function scanRules(build: Build, curriculum: Curriculum): Promise<RuleViolation[]> {
  const parser = await import('oxc-parser');
  const compiled = new Set(await readdir(build.output, { recursive: true }));
  const exercises = withImports(build.exercise, curriculum);
  const violations: RuleViolation[] = [];
  for (const file of inReadingOrder(build)) {
    const refused = refusedIn(file, build.exercise, exercises);
    violations.push(...(await checkFile(file, build, { refused, compiled }, parser)));
  }
  return violations;
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

async function checkFile(
  file: string,
  build: Build,
  rules: Pick<ScanRequest, 'refused' | 'compiled'>,
  parser: Parser,
): Promise<RuleViolation[]> {
  const script = file.replace(/\.ts$/, '.js');
  const compiled = join(build.output, script);
  if (!existsSync(compiled)) return []; // nobody imports it
  const [source, code, map] = await Promise.all([
    readFile(join(build.source, file), 'utf8'),
    readFile(compiled, 'utf8'),
    readFile(`${compiled}.map`, 'utf8'),
  ]);
  const { program } = parser.parseSync(script, code, { lang: 'js', sourceType: 'module' });
  const locate = locator(code, map);
  const found = scan({ program, visitorKeys: parser.visitorKeys, path: script, ...rules });
  return [
    ...findNoCheck(file, source, parser),
    ...found.map(({ api, why, offset }) => ({ file, ...locate(offset), api, why })),
  ];
}

/** The comment that switches the compiler off works above the first statement only. */
function findNoCheck(file: string, source: string, parser: Parser): RuleViolation[] {
  const { comments, program } = parser.parseSync(file, source, { lang: 'ts', sourceType: 'module' });
  const firstStatement = program.body[0]?.start ?? source.length;
  const comment = comments.find(
    ({ type, value, start }) =>
      type === 'Line' && start < firstStatement && /^\/?\s*@ts-nocheck(?![^\s:])/i.test(value),
  );
  if (comment === undefined) return [];
  const { line, column } = positionOf(source, comment.start);
  return [
    {
      file,
      line: line + 1,
      column: column + 1,
      api: NO_CHECK,
      why: 'the compiler finds mistakes before you do',
    },
  ];
}

/** From an offset in the compiled module to a line and column of the source, both from 1. */
function locator(code: string, map: string): (offset: number) => { line: number; column: number } {
  const sourceMap = new SourceMap(JSON.parse(map));
  return (offset) => {
    const position = positionOf(code, offset);
    const entry = sourceMap.findEntry(position.line, position.column);
    if (!('originalLine' in entry)) return { line: 1, column: 1 };
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  };
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}
