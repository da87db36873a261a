/** What the files of the course declare, as the compiler sees it: of the stubs, and of the reference solutions. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { compilerPath } from '../compile/index.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { allImports } from '../curriculum/index.ts';
import type { Library } from './source.ts';

/** Text by file, e.g. `0-poc/01-queue/queue.ts`. */
export type Surface = ReadonlyMap<string, string>;

export interface Surfaces {
  /** What the files of `exercises/` declare, as `.d.ts`. */
  readonly stubs: Surface;
  /** The same with the solutions over them. */
  readonly solutions: Surface;
}

/** Compiles all of `exercises/` twice: as it is, and with the solutions over it. */
export async function surfacesOf({ directory }: Curriculum, library: Library): Promise<Surfaces> {
  const root = await mkdtemp(join(tmpdir(), 'craft-surface-'));
  try {
    const stubs = join(root, 'stubs');
    const solutions = join(root, 'solutions');
    for (const folder of [stubs, solutions])
      await cp(directory, join(folder, 'exercises'), { recursive: true });
    if (existsSync(library.solutions)) {
      await cp(library.solutions, join(solutions, 'exercises'), { recursive: true });
    }
    return { stubs: await surface(stubs), solutions: await surface(solutions) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Whatever does not compile is left to other claims: what the compiler can declare, it declares. */
async function surface(folder: string): Promise<Surface> {
  const types = createRequire(import.meta.url).resolve('@types/node/package.json');
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    typeRoots: [dirname(dirname(types))],
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    removeComments: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: 'exercises',
    outDir: 'output',
  };
  await writeFile(join(folder, 'package.json'), '{"type":"module"}\n');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['exercises'] }));
  await execa(compilerPath(), ['--project', '.'], { cwd: folder, reject: false, timeout: 120_000 });
  const output = join(folder, 'output');
  const names = await readdir(output, { recursive: true }).catch(() => []);
  const declared = names.filter((name) => name.endsWith('.d.ts'));
  const texts = await Promise.all(declared.map((name) => readFile(join(output, name), 'utf8')));
  return new Map(declared.map((name, i) => [name.replace(/\.d\.ts$/, '.ts'), texts[i] ?? '']));
}

/** The files whose declarations a lesson may quote: the exercise's own first, then what it stands on. */
export function filesInReach(exercise: Exercise, curriculum: Curriculum, surface: Surface): string[] {
  const own = [...exercise.files, ...exercise.given].map((name) => `${exercise.id}/${name}`);
  const imported = allImports(curriculum, exercise).flatMap(({ id, files, given }) =>
    [...files, ...given].map((name) => `${id}/${name}`),
  );
  const kernel = [...surface.keys()].filter((name) => name.startsWith('kernel/'));
  return [...own, ...imported, ...kernel].filter((name) => surface.has(name));
}
