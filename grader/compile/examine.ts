/**
 * Reads the compiled modules of a build and their sources, and reports what is refused, by line and column of the
 * sources. It knows no build and no exercise, so that scanner.ts can do it in a jail.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import type { ForbiddenApi, RuleViolation } from '../core/types.ts';
import { type ScanRequest, scan } from './scan.ts';

type Parser = typeof import('oxc-parser');

export const NO_CHECK = '@ts-nocheck';

/** Plain data. */
export interface Reading {
  readonly source: string;
  readonly output: string;
  /** Paths below both, in the order of the report; what each must not use. */
  readonly files: readonly { readonly file: string; readonly refused: readonly ForbiddenApi[] }[];
  /** Paths of all that was compiled. */
  readonly compiled: readonly string[];
}

export async function examine(reading: Reading, parser: Parser): Promise<RuleViolation[]> {
  const compiled = new Set(reading.compiled);
  const violations: RuleViolation[] = [];
  for (const { file, refused } of reading.files) {
    violations.push(...(await checkFile(file, reading, { refused, compiled }, parser)));
  }
  return violations;
}

async function checkFile(
  file: string,
  { source: sources, output }: Reading,
  rules: Pick<ScanRequest, 'refused' | 'compiled'>,
  parser: Parser,
): Promise<RuleViolation[]> {
  const script = file.replace(/\.ts$/, '.js');
  const compiled = join(output, script);
  if (!existsSync(compiled)) return []; // nobody imports it
  const [source, code, map] = await Promise.all([
    readFile(join(sources, file), 'utf8'),
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
