/** One exercise from TypeScript in a workspace to JavaScript in a folder of ours. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CraftError, exitCodeOf } from '../core/errors.ts';
import { asWriteError } from '../core/files.ts';
import type { Build, Diagnostic, Exercise, Jail } from '../core/types.ts';
import { runCompiler } from './compiler.ts';
import { tsconfig } from './options.ts';
import { type StageRequest, stage, withImports } from './stage.ts';

export interface CompileRequest extends StageRequest {
  /**
   * Given files to compile too; those that `craft run` and `craft bench` start need it. Without it, all given files
   * but these: an experiment is no part of the product and must not decide whether it compiles.
   */
  readonly include?: readonly string[];
  /** Stack traces name the files of `sourceRoot`, not the staged copies. */
  readonly mapToSources?: boolean;
  /** The compiler works in this jail, and what it makes stays in it. */
  readonly jail?: Jail;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Called with where the build will be, when the compiler begins: what does not read it yet can start meanwhile. */
  onStaged?(build: Build): void;
  /** Called with the given files that the student has changed, in vain, where it matters to this build. */
  onReplaced?(files: readonly string[]): void;
}

/** Either a build, or why there is none. The error is about the student's work; anything else is thrown. */
export type CompileResult =
  | { readonly outcome: 'compiled'; readonly build: Build; readonly diagnostics: readonly [] }
  | { readonly outcome: 'failed'; readonly error: CraftError; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles an exercise's files and what they import; nothing else of the workspace matters.
 * The build is in `<buildRoot>/<exercise id>`, replaced every time.
 */
export async function compile(request: CompileRequest): Promise<CompileResult> {
  try {
    return await compileStaged(request);
  } catch (error) {
    if (error instanceof CraftError && exitCodeOf(error.code) === 1) {
      return { outcome: 'failed', error, diagnostics: [] };
    }
    throw error;
  }
}

async function compileStaged(request: CompileRequest): Promise<CompileResult> {
  const { exercise, include = partsOfTheProduct(exercise), signal, timeoutMs, jail } = request;
  const { source, output, files, replaced } = await stage(request);
  const build: Build = { exercise, source, output, files, ...(jail === undefined ? {} : { jail }) };
  const roots = [...exercise.files, ...include].map((name) => `exercises/${exercise.id}/${name}`);
  const mapped = request.mapToSources === true ? `${pathToFileURL(request.sourceRoot).href}/` : undefined;
  const settings = join(source, 'tsconfig.json');
  await writeFile(settings, tsconfig(roots, mapped)).catch((error: unknown) => {
    throw asWriteError(error, settings);
  });
  request.onStaged?.(build);
  const parts = new Set([
    ...roots,
    ...withImports(exercise, request.curriculum).flatMap((each) =>
      partsOfTheProduct(each).map((name) => `exercises/${each.id}/${name}`),
    ),
  ]);
  const inVain = replaced.filter((path) => parts.has(path)).sort();
  if (inVain.length > 0) request.onReplaced?.(inVain);
  const result = await runCompiler(source, {
    ...(jail === undefined ? {} : { jailedOutput: output }),
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (result.succeeded) return { outcome: 'compiled', build, diagnostics: [] };
  const diagnostics = inReadingOrder(result.diagnostics, exercise);
  return { outcome: 'failed', error: compileError(diagnostics), diagnostics };
}

function partsOfTheProduct({ given, serves }: Exercise): string[] {
  return given.filter((name) => name.endsWith('.ts') && name !== 'experiment.ts' && name !== serves?.file);
}

/** The exercise's own files first, in the order of its list; in a file from top to bottom. */
function inReadingOrder(diagnostics: readonly Diagnostic[], exercise: Exercise): Diagnostic[] {
  const order = exercise.files.map((name) => `exercises/${exercise.id}/${name}`);
  const rank = (file: string): number => (order.includes(file) ? order.indexOf(file) : order.length);
  return diagnostics.toSorted(
    (a, b) =>
      rank(a.file) - rank(b.file) || compare(a.file, b.file) || a.line - b.line || a.column - b.column,
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compileError(diagnostics: readonly Diagnostic[]): CraftError {
  const [first] = diagnostics;
  const where =
    first === undefined ? '' : `${first.file}:${first.line}:${first.column} ${firstLine(first.message)}`;
  return new CraftError('COMPILE_ERROR', { count: diagnostics.length, first: where });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
