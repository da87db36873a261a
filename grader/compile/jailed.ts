/**
 * The compiler and the scan in a jail: whatever a text makes them do, they read the sources, the compiler writes its
 * output, and both have their limits.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot, packageRoot } from '../core/paths.ts';
import type { RuleViolation } from '../core/types.ts';
import { runJailed, toolLimits } from '../jail/index.ts';
import type { CompilerEnd, CompilerWork } from './compiler.ts';
import type { Reading } from './examine.ts';
import { typeRoot } from './options.ts';

export async function compileInJail(
  source: string,
  output: string,
  command: readonly [string, ...string[]],
  { timeout, maxBuffer, cancelSignal }: CompilerWork,
): Promise<CompilerEnd> {
  const types = `${typeRoot()}/node`;
  const place = {
    command,
    cwd: source,
    read: [source, dirname(command[0]), types, packageOf('undici-types', types)],
    write: [output],
    env: {},
    limits: toolLimits,
  };
  const { exitCode, ...end } = await runJailed(place, {
    timeoutMs: timeout,
    mostBytes: maxBuffer,
    ...(cancelSignal === undefined ? {} : { signal: cancelSignal }),
  });
  return { ...end, ...(exitCode === null ? {} : { exitCode }) };
}

/** The folder of a package, as another one finds it. */
function packageOf(name: string, from: string): string {
  return dirname(createRequire(`${from}/package.json`).resolve(`${name}/package.json`));
}

const scanMs = 15_000;
const longestReport = 1_048_576;

const report = z.array(
  z.strictObject({
    file: z.string(),
    line: z.number(),
    column: z.number(),
    api: z.string(),
    why: z.string(),
  }),
);

/**
 * The parser is native code, and the text may be made to break it: then that is what there is to say about the text.
 * Throws INTERNAL when the scan ended before it had read any of it.
 */
export async function examineInJail(reading: Reading): Promise<RuleViolation[]> {
  const { source, output, files } = reading;
  const parser = createRequire(import.meta.url).resolve('oxc-parser');
  const own = parserFiles(parser);
  const place = {
    command: [
      process.execPath,
      join(builtGraderRoot, 'compile', 'scanner.js'),
      pathToFileURL(parser).href,
    ] as const,
    cwd: output,
    read: [
      join(builtGraderRoot, 'compile'),
      join(packageRoot, 'package.json'),
      ...own.read,
      // By it the parser knows which of its builds this system needs; else it asks Node for a slow report.
      ...['/usr/bin/ldd'].filter((path) => existsSync(path)),
      source,
      output,
    ],
    natives: own.natives,
    write: [],
    env: {},
    limits: toolLimits,
  };
  const run = { timeoutMs: scanMs, mostBytes: longestReport, input: JSON.stringify(reading) };
  const { stdout, stderr } = await runJailed(place, run);
  const [ready, text = ''] = stdout.split('\n', 2);
  if (ready !== 'ready') {
    throw new CraftError('INTERNAL', { message: `the scan did not start: ${stderr.trim().slice(-400)}` });
  }
  try {
    return report.parse(JSON.parse(text));
  } catch {
    const why = 'what reads it for forbidden interfaces broke or did not end; write it in a simpler way';
    return [{ file: files[0]?.file ?? '', line: 1, column: 1, api: 'a text that craft cannot read', why }];
  }
}

/** The parser's package, and its native code, which is in a package beside it. */
function parserFiles(entry: string): { read: string[]; natives: string[] } {
  let folder = dirname(entry);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const beside = join(dirname(folder), '@oxc-parser');
  const packages = readdirSync(beside).map((name) => join(beside, name));
  const natives = packages.flatMap((each) =>
    readdirSync(each)
      .filter((name) => name.endsWith('.node'))
      .map((name) => join(each, name)),
  );
  return { read: [folder, ...packages], natives };
}
