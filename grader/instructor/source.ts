/** Where an exercise's author files are, in a clone: stub, solution, second design, mutants, gates. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot, packageRoot } from '../core/paths.ts';
import type { Exercise } from '../core/types.ts';
import type { FirstWin, Mutant } from './mutant.ts';

/** Roots of what an author writes; a test of `craft check` itself names others. */
export interface Library {
  /** Reference solutions: `<root>/<exercise id>/queue.ts`. */
  readonly solutions: string;
  /** Second designs, laid out the same way. */
  readonly designs: string;
  /** Compiled checks: `<root>/<exercise id>/mutants.js`, `gate.js`. */
  readonly checks: string;
  /** Their sources: `<root>/<exercise id>/mutants.ts`; without them nothing is said about strays. */
  readonly checkSources?: string;
  /** The folder of which `npm pack` makes what students install; without it nothing is said about that. */
  readonly packed?: string;
}

/** The library of this clone. Throws NEEDS_CLONE when there is none. */
export function ownLibrary(command = 'craft check'): Library {
  const solutions = join(packageRoot, 'solutions');
  const designs = join(packageRoot, 'grader', 'fixtures', 'designs');
  if (!existsSync(solutions) || !existsSync(designs)) throw new CraftError('NEEDS_CLONE', { command });
  return {
    solutions,
    designs,
    checks: join(builtGraderRoot, 'checks'),
    checkSources: join(packageRoot, 'grader', 'checks'),
    packed: packageRoot,
  };
}

/** An exercise's files by name, as text. */
export type Sources = ReadonlyMap<string, string>;

/** The named files of a folder; a file that is not there is left out. */
export function readSources(folder: string, names: readonly string[]): Sources {
  const there = names.filter((name) => existsSync(join(folder, name)));
  return new Map(there.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Names in a folder, sorted; folders end with `/`. */
export function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}

/** What an exercise's `mutants.ts` exports. */
export interface MutantModule {
  readonly mutants: readonly Mutant[];
  readonly firstWin?: FirstWin;
}

/** Undefined when there is no such file. */
export async function loadMutants(library: Library, exercise: Exercise): Promise<MutantModule | undefined> {
  const file = join(library.checks, exercise.id, 'mutants.js');
  if (!existsSync(file)) return undefined;
  return (await import(pathToFileURL(file).href)) as MutantModule;
}

/** Ids and references of an exercise's gates, in the order of `gate.ts`. */
export async function loadGateNames(
  library: Library,
  exercise: Exercise,
): Promise<readonly { readonly id: string; readonly reference: string }[]> {
  const file = join(library.checks, exercise.id, 'gate.js');
  if (!existsSync(file)) return [];
  const module = (await import(pathToFileURL(file).href)) as { gates: { id: string; reference: string }[] };
  return module.gates;
}

/** Replaces `find`, which must occur exactly once; otherwise returns what is wrong. */
export function edit(
  sources: Sources,
  { file, find, replace }: { file: string; find: string; replace: string },
): { readonly edited: Sources } | { readonly problem: string } {
  const text = sources.get(file);
  if (text === undefined) return { problem: `it edits ${file}, which is not a file of the exercise` };
  const occurrences = find === '' ? 0 : text.split(find).length - 1;
  if (occurrences !== 1) {
    return { problem: `its "find" occurs ${occurrences} times in ${file}, not once: ${firstLine(find)}` };
  }
  // A function, since a string would let `$&` in the replacement mean something.
  const edited = text.replace(find, () => replace);
  if (edited === text) return { problem: `it changes nothing in ${file}` };
  return { edited: new Map(sources).set(file, edited) };
}

function firstLine(text: string): string {
  const [line = '', ...more] = text.trim().split('\n');
  return more.length === 0 ? line : `${line} …`;
}
