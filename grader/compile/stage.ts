/**
 * Copies what one exercise needs into a folder of ours, so that nothing else in the student's workspace can
 * change a verdict: no tsconfig, no package.json, no later exercise that is half written.
 *
 * The student's files come from the workspace; the kernel and the files that an exercise gives come from this
 * installation, whatever the workspace has in their places.
 */
import { mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { asWriteError } from '../core/files.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { allImports } from '../curriculum/index.ts';
import { checkText } from './text.ts';

/** More files or longer ones are not an exercise any more. */
const MOST_FILES = 200;
const LONGEST_FILE = 1_048_576;
const DEEPEST_FOLDER = 6;

export interface StageRequest {
  readonly curriculum: Curriculum;
  readonly exercise: Exercise;
  /** A workspace, or any folder with `exercises/` in it. */
  readonly sourceRoot: string;
  readonly buildRoot: string;
  /** Given programs as the student has them, for running an experiment; a verdict never depends on them. */
  readonly ownGiven?: boolean;
}

/** A staged exercise, ready for the compiler. */
export interface Staged {
  readonly source: string;
  readonly output: string;
  /** The student's files, relative to `source`. */
  readonly files: readonly string[];
  /** Given files that are other than the student has them, relative to `source`. */
  readonly replaced: readonly string[];
}

/** Stages an exercise; throws a CraftError that says which of the student's files is missing or unreadable. */
export async function stage(request: StageRequest): Promise<Staged> {
  const base = join(request.buildRoot, request.exercise.id);
  const source = join(base, 'source');
  const output = join(base, 'output');
  const exercises = withImports(request.exercise, request.curriculum);
  const own = await readOwnFiles(exercises, request);
  const given = await readGivenFiles(exercises, request.curriculum);
  if (request.ownGiven === true) {
    // The kernel stays ours: it stands for the machine, which an experiment measures and does not change.
    for (const path of own.keys()) if (!path.startsWith('exercises/kernel/')) given.delete(path);
  }
  try {
    await rm(base, { recursive: true, force: true });
    await writeStage(source, output, given, own);
  } catch (error) {
    throw asWriteError(error, base);
  }
  return {
    source,
    output,
    files: [...own.keys()].filter((path) => !given.has(path)).sort(),
    replaced: [...own].filter(([path, text]) => differs(text, given.get(path))).map(([path]) => path),
  };
}

async function writeStage(
  source: string,
  output: string,
  given: ReadonlyMap<string, Uint8Array>,
  own: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  // Given files win over the student's of the same name.
  await Promise.all(
    [...new Map([...own, ...given])].map(([path, content]) => write(join(source, path), content)),
  );
  // The compiler carries programs over; what they read (a configuration) is carried over here.
  const data = [...given].filter(([path]) => !path.endsWith('.ts'));
  await Promise.all(data.map(([path, content]) => write(join(output, path), content)));
  for (const folder of [source, output]) await write(join(folder, 'package.json'), '{"type":"module"}\n');
}

function differs(own: Uint8Array, given: Uint8Array | undefined): boolean {
  return given !== undefined && Buffer.compare(own, given) !== 0;
}

/** The exercise and all that it stands on, itself first. */
export function withImports(exercise: Exercise, curriculum: Curriculum): Exercise[] {
  return [exercise, ...allImports(curriculum, exercise)];
}

/** All `.ts` files of the student's exercise folders; those that an exercise is made of must be there and be text. */
async function readOwnFiles(
  exercises: readonly Exercise[],
  { sourceRoot }: StageRequest,
): Promise<Map<string, Uint8Array>> {
  const root = await realpath(sourceRoot);
  const files = new Map<string, Uint8Array>();
  for (const exercise of exercises) {
    const folder = `exercises/${exercise.id}`;
    for (const path of await listSources(root, folder)) files.set(path, await readSource(root, path));
    if (files.size > MOST_FILES) {
      throw new CraftError('LOAD_FAILED', {
        file: folder,
        message: `it has more than ${MOST_FILES} .ts files`,
      });
    }
    for (const name of exercise.files) requireText(files, `${folder}/${name}`, exercise);
  }
  return files;
}

function requireText(files: ReadonlyMap<string, Uint8Array>, path: string, exercise: Exercise): void {
  const content = files.get(path);
  if (content === undefined) throw new CraftError('FILE_MISSING', { file: path, exercise: exercise.number });
  const why = checkText(content);
  if (why !== undefined)
    throw new CraftError('FILE_UNREADABLE', { file: path, why, exercise: exercise.number });
}

/** Paths of the `.ts` files below a folder, relative to the root. A link to a folder is followed like a folder. */
async function listSources(root: string, folder: string, depth = 0): Promise<string[]> {
  const names = await readdir(join(root, folder)).catch(() => []);
  const paths: string[] = [];
  for (const name of names.sort()) {
    const path = `${folder}/${name}`;
    if (name.startsWith('.') || name === 'node_modules') continue;
    const info = await stat(join(root, path)).catch(() => undefined);
    if (info?.isDirectory() && depth < DEEPEST_FOLDER)
      paths.push(...(await listSources(root, path, depth + 1)));
    else if (info?.isFile() && name.endsWith('.ts')) paths.push(path);
    if (paths.length > MOST_FILES) break; // enough to be refused
  }
  return paths;
}

async function readSource(root: string, path: string): Promise<Uint8Array> {
  const refuse = (message: string): CraftError => new CraftError('LOAD_FAILED', { file: path, message });
  try {
    const real = await realpath(join(root, path));
    if (!real.startsWith(root + sep)) throw refuse('it is a link to a file outside the workspace');
    const { size } = await stat(real);
    if (size > LONGEST_FILE) throw refuse(`it is larger than ${LONGEST_FILE / 1024} KiB`);
    return await readFile(real);
  } catch (error) {
    if (error instanceof CraftError) throw error;
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

/** The kernel and the given files, from this installation. */
async function readGivenFiles(
  exercises: readonly Exercise[],
  { directory }: Curriculum,
): Promise<Map<string, Uint8Array>> {
  const paths = exercises.flatMap((exercise) => exercise.given.map((name) => `${exercise.id}/${name}`));
  const files = new Map<string, Uint8Array>();
  try {
    const kernel = await readdir(join(directory, 'kernel'));
    paths.push(...kernel.filter((name) => name.endsWith('.ts')).map((name) => `kernel/${name}`));
    for (const path of paths) {
      files.set(`exercises/${path}`, await readFile(join(directory, path)));
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CraftError('BROKEN_INSTALLATION', { message }, { cause: error });
  }
  return files;
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
