/**
 * The zip that Gradescope takes as an autograder: this craft as it is installed, with its checks, and the two
 * scripts that Gradescope starts. What is in it comes from here alone, so it grades as this machine does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { packageRoot } from '../../core/paths.ts';
import { runAutograder, settings, setup } from './autograderscripts.ts';
import type { Visibility } from './gradescope.ts';

export interface AutograderOptions {
  /** As `craft grade --exercises` takes them; all of them unless told. */
  readonly exercises?: string;
  readonly visibility?: Visibility;
  /** Text of a course file: points, limits, the key of the seeds. */
  readonly course?: string;
  /** What all seeds come from; a course file's key does as well. One is made up unless told. */
  readonly seed?: string;
  /** Without gates: a shared machine measures badly. */
  readonly noGates?: boolean;
  /** Grade also where the jail does not hold: a submission could then write its own result. */
  readonly allowUnsealed?: boolean;
  /** Version of Node to install there; the one that runs here unless told. */
  readonly node?: string;
}

/** @throws CraftError BROKEN_INSTALLATION when craft is not built */
export async function gradescopeAutograder(options: AutograderOptions = {}): Promise<Uint8Array> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const add = (name: string, content: Buffer | string, mode = 0o644): void => {
    zip.addBuffer(Buffer.from(content), name, { mtime, mode: mode | 0o100000 });
  };
  add('setup.sh', setup, 0o755);
  add('run_autograder', runAutograder, 0o755);
  add('settings.sh', settings({ node: process.versions.node, ...options }));
  if (options.course !== undefined) add('course.json', options.course);
  for (const file of ownFiles()) add(`craft/${file}`, readFileSync(join(packageRoot, file)));
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The same files make the same zip. */
const mtime = new Date('2026-01-01T00:00:00Z');

/** What the published package has, and the lock file where there is one. */
function ownFiles(): string[] {
  const folders = ['dist/bin', 'dist/grader', 'exercises'].flatMap((folder) => {
    const path = join(packageRoot, folder);
    if (!existsSync(path)) throw new CraftError('BROKEN_INSTALLATION', { message: `${folder} is missing` });
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(packageRoot.length + 1));
  });
  const single = ['package.json', 'package-lock.json', 'LICENSE'].filter((name) =>
    existsSync(join(packageRoot, name)),
  );
  const left = /^dist\/grader\/fixtures\/|\.bench\.|\/mutants\.|\.d\.ts$/;
  return [...single, ...folders.filter((file) => !left.test(file))].sort();
}
