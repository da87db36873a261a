/** Runs the native TypeScript compiler and reads what it says. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Diagnostic } from '../core/types.ts';

/** Address space that the compiler's runtime reserves without using it. */
const RESERVED_MB = 1_400;

/** Enough to say what is wrong; a thousand messages have few causes. */
const LONGEST_OUTPUT = 4_194_304;

export interface CompilerResult {
  readonly succeeded: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompilerOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The only folder that it can write to: it works in a jail. */
  readonly jailedOutput?: string;
}

/** Compiles the tsconfig.json in `folder`. Throws COMPILE_TIMEOUT, MEMORY_LIMIT, INTERRUPTED. */
export async function runCompiler(folder: string, options: CompilerOptions = {}): Promise<CompilerResult> {
  const { timeoutMs = limits.compileMs, signal, jailedOutput } = options;
  const work = {
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: LONGEST_OUTPUT,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  } as const;
  const arguments_ = [compilerPath(), '--project', '.', '--pretty', 'false'] as const;
  const result = await (jailedOutput === undefined
    ? compileFreely(folder, arguments_, work)
    : (await import('./jailed.ts')).compileInJail(folder, jailedOutput, arguments_, work));
  if (result.isCanceled) throw new CraftError('INTERRUPTED');
  // In a jail the kernel ends it when it has had its CPU time: 128 and SIGKILL.
  if (result.timedOut || (jailedOutput !== undefined && result.exitCode === 137))
    throw new CraftError('COMPILE_TIMEOUT', { seconds: timeoutMs / 1000 });
  if (/out of memory|cannot allocate memory/i.test(result.stderr)) {
    throw new CraftError('MEMORY_LIMIT', {
      mb: limits.compileMb,
      during: 'compilation: the compiler could not hold its types',
    });
  }
  if (/^error TS5033: .*(no space left|quota exceeded)/im.test(result.stdout)) {
    throw new CraftError('DISK_FULL', { path: dirname(folder) });
  }
  const diagnostics = readDiagnostics(result.stdout);
  if (result.exitCode !== 0 && diagnostics.length === 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim() || (result.shortMessage ?? '');
    throw new CraftError('INTERNAL', { message: `the compiler failed: ${said.slice(0, 400)}` });
  }
  return { succeeded: result.exitCode === 0, diagnostics };
}

export type CompilerWork = Readonly<{
  reject: false;
  timeout: number;
  killSignal: 'SIGKILL';
  maxBuffer: number;
  cancelSignal?: AbortSignal;
}>;

/** How the compiler ended. */
export interface CompilerEnd {
  readonly isCanceled: boolean;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly shortMessage?: string | undefined;
}

async function compileFreely(
  folder: string,
  command: readonly string[],
  work: CompilerWork,
): Promise<CompilerEnd> {
  const { execa } = await import('execa');
  // A shell sets the limit and becomes the compiler. Where the system has no such limit the compiler runs without.
  const limit = `ulimit -v ${(limits.compileMb + RESERVED_MB) * 1024} 2>/dev/null; exec "$0" "$@"`;
  return execa('/bin/sh', ['-c', limit, ...command], {
    ...work,
    cwd: folder,
    extendEnv: false,
    env: {},
    stdin: 'ignore',
  });
}

/** Reads lines like `exercises/a.ts(3,5): error TS2322: ...`; lines that follow indented belong to the message. */
export function readDiagnostics(text: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, file, row, column, code, message] =
      /^(.+?)\((\d+),(\d+)\): error (TS\d+): (.*)$/.exec(line) ?? [];
    if (file !== undefined && code !== undefined && message !== undefined) {
      diagnostics.push({ file, line: Number(row), column: Number(column), code, message });
      continue;
    }
    const last = diagnostics.at(-1);
    if (last !== undefined && line.startsWith(' ')) {
      diagnostics.splice(-1, 1, { ...last, message: `${last.message}\n${line}` });
    }
  }
  return diagnostics;
}

let known: string | undefined;

/** Path of the compiler's binary: it is in the package that npm chose for this platform, beside `typescript`. */
export function compilerPath(): string {
  if (known !== undefined) return known;
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`;
  try {
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    const manifest = createRequire(typescript).resolve(`${platform}/package.json`);
    known = join(dirname(manifest), 'lib', 'tsc');
    return known;
  } catch (error) {
    throw new CraftError('BROKEN_INSTALLATION', { message: `${platform} is missing` }, { cause: error });
  }
}
