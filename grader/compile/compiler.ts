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

/** Compiles the tsconfig.json in `folder`. Throws COMPILE_TIMEOUT, MEMORY_LIMIT, INTERRUPTED. */
export async function runCompiler(
  folder: string,
  { timeoutMs = limits.compileMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<CompilerResult> {
  const { execa } = await import('execa');
  // A shell sets the limit and becomes the compiler. Where the system has no such limit the compiler runs without.
  const limit = `ulimit -v ${(limits.compileMb + RESERVED_MB) * 1024} 2>/dev/null; exec "$0" "$@"`;
  const result = await execa(
    '/bin/sh',
    ['-c', limit, compilerPath(), '--project', '.', '--pretty', 'false'],
    {
      cwd: folder,
      extendEnv: false,
      env: {},
      reject: false,
      stdin: 'ignore',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: LONGEST_OUTPUT,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    },
  );
  if (result.isCanceled) throw new CraftError('INTERRUPTED');
  if (result.timedOut) throw new CraftError('COMPILE_TIMEOUT', { seconds: timeoutMs / 1000 });
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
