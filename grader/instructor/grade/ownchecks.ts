/**
 * An instructor's own checks: `<dir>/<exercise id>/behaviour.test.ts`, with drivers and other files beside it, and
 * optionally `checks.json`: `{ "checks": ["id", ...], "instead": false }`. They import the harness as craft's own
 * checks do (`../../../harness/index.ts`), or as `systems-craft/harness`, and are compiled into a folder of the run.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { z } from 'zod';
import { compilerPath } from '../../compile/index.ts';
import { CraftError } from '../../core/errors.ts';
import { builtGraderRoot } from '../../core/paths.ts';
import type { Curriculum, Exercise } from '../../core/types.ts';

export interface OwnChecks {
  /** Folder of the compiled checks. */
  readonly directory: string;
  readonly checks: readonly string[];
  /** Used alone, and not beside craft's own. */
  readonly instead: boolean;
  readonly hash: string;
}

const manifest = z.strictObject({
  checks: z.array(z.string().min(1)).min(1).optional(),
  instead: z.boolean().optional(),
});

/** By exercise id. Throws BAD_MANIFEST with the file and what is wrong. */
export async function compileOwnChecks(
  folder: string,
  work: string,
  curriculum: Curriculum,
): Promise<Map<string, OwnChecks>> {
  const found = curriculum.exercises.filter(({ id }) => existsSync(join(folder, id, 'behaviour.test.ts')));
  if (found.length === 0) {
    const message =
      'there is no <exercise>/behaviour.test.ts below it, like 0-poc/01-queue/behaviour.test.ts';
    throw new CraftError('BAD_MANIFEST', { file: folder, message });
  }
  const compiled = new Map<string, OwnChecks>();
  for (const exercise of found) compiled.set(exercise.id, await compileOne(exercise, folder, work));
  return compiled;
}

async function compileOne(exercise: Exercise, folder: string, work: string): Promise<OwnChecks> {
  const source = join(folder, exercise.id);
  // As deep as craft's own, so that a path to the harness means the same.
  const directory = join(work, 'checks', exercise.id);
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(source, name)));
  const { checks, instead = false } = readManifest(source);
  const ids = checks ?? idsIn(source, names);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i || (!instead && exercise.checks.includes(id)));
  if (twice !== undefined) {
    const message = `the check "${twice}" is there twice: every id must be one of its own`;
    throw new CraftError('BAD_MANIFEST', { file: source, message });
  }
  await mkdir(directory, { recursive: true });
  await compile(source, names, directory);
  hash.update(JSON.stringify([ids, instead]));
  return { directory, checks: ids, instead, hash: hash.digest('hex') };
}

function readManifest(source: string): z.infer<typeof manifest> {
  const file = join(source, 'checks.json');
  if (!existsSync(file)) return {};
  try {
    return manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const message =
      error instanceof z.ZodError ? (error.issues[0]?.message ?? 'not as it should be') : String(error);
    throw new CraftError('BAD_MANIFEST', { file, message });
  }
}

/** The first argument of every `check(...)`. */
function idsIn(source: string, names: readonly string[]): string[] {
  const ids = names.flatMap((name) =>
    [...readFileSync(join(source, name), 'utf8').matchAll(/\bcheck\(\s*(['"`])([\w-]+)\1/g)].map(
      ([, , id = '']) => id,
    ),
  );
  if (ids.length > 0) return ids;
  const message = 'no check(\'id\', ...) was found: list the ids in checks.json, { "checks": ["id"] }';
  throw new CraftError('BAD_MANIFEST', { file: source, message });
}

async function compile(source: string, names: readonly string[], directory: string): Promise<void> {
  const { execa } = await import('execa');
  const settings = {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023'],
      // Modules, whatever package.json is above the instructor's folder.
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
      rewriteRelativeImportExtensions: true,
      skipLibCheck: true,
      // Types are the instructor's business, in the instructor's editor; what does not parse is refused.
      noCheck: true,
      noResolve: true,
      rootDir: source,
      outDir: directory,
    },
    files: names.map((name) => join(source, name)),
  };
  const project = join(directory, 'tsconfig.json');
  writeFileSync(project, JSON.stringify(settings));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n');
  const { stdout, exitCode } = await execa(compilerPath(), ['--project', project, '--pretty', 'false'], {
    cwd: source,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  });
  if (exitCode !== 0) {
    const [first = 'the compiler failed'] = stdout.split('\n');
    throw new CraftError('BAD_MANIFEST', { file: source, message: first });
  }
  for (const name of names) bindImports(join(directory, name.replace(/\.ts$/, '.js')), directory);
  openUp(directory);
}

/** Whatever the umask is: judges may belong to another user. */
function openUp(directory: string): void {
  for (const path of [dirname(directory), directory]) chmodSync(path, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

/** Imports that leave the folder mean craft's own files, wherever this run keeps the compiled checks. */
function bindImports(file: string, directory: string): void {
  const text = readFileSync(file, 'utf8');
  const { module } = parseSync(file, text);
  const found = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest)),
  ];
  let bound = text;
  const places = new Map(found.flatMap((each) => (each === null ? [] : [[each.start, each] as const])));
  for (const { start, end, value } of [...places.values()].sort((a, b) => b.start - a.start)) {
    const target = ownModule(value, dirname(file), directory);
    if (target !== undefined) bound = `${bound.slice(0, start)}${JSON.stringify(target)}${bound.slice(end)}`;
  }
  writeFileSync(file, bound);
}

function ownModule(specifier: string, from: string, directory: string): string | undefined {
  const [, name] = /^systems-craft\/(harness|driver)$/.exec(specifier) ?? [];
  if (name !== undefined)
    return join(builtGraderRoot, 'harness', name === 'driver' ? 'driver.js' : 'index.js');
  if (!specifier.startsWith('.')) return undefined;
  const target = join(from, specifier);
  if (!relative(directory, target).startsWith('..')) return undefined;
  // `directory` stands for dist/grader/checks/<craft>/<slug>.
  const inGrader = relative(join(directory, '..', '..', '..'), target);
  return inGrader.startsWith('..') ? undefined : join(builtGraderRoot, inGrader);
}
