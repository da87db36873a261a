/** What stands on what: that every import is listed and every entry of the list needed, and that no file is stray. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { compile } from '../compile/index.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { type Library, namesIn } from './source.ts';

const imported = /(?:\bfrom|\bimport|\bimport\()\s*['"](\.[^'"]+)['"]/g;

/** Each import of another exercise is listed in the manifest, and each entry of the list is imported somewhere. */
export function importProblems(exercise: Exercise, { directory }: Curriculum, library: Library): string[] {
  const { id, imports } = exercise;
  const users = new Map<string, string>();
  const kinds: readonly [string, string][] = [
    ['', directory],
    ['the solution: ', library.solutions],
    ['the second design: ', library.designs],
  ];
  for (const [kind, root] of kinds) {
    for (const name of namesIn(join(root, id)).filter((each) => each.endsWith('.ts'))) {
      for (const other of exercisesNamedIn(join(root, id, name), root, id)) {
        if (!users.has(other)) users.set(other, `${kind}${name}`);
      }
    }
  }
  return [
    ...[...users]
      .filter(([other]) => !imports.includes(other))
      .map(([other, user]) => `${user} imports from ${other}, which is not in "imports"`),
    ...imports
      .filter((other) => !users.has(other))
      .map((other) => `"imports" names ${other}, but no file of the exercise imports from it`),
  ];
}

function exercisesNamedIn(file: string, root: string, own: string): Set<string> {
  const found = new Set<string>();
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(imported)) {
    const [craft = '', folder = ''] = relative(root, join(dirname(file), specifier)).split('/');
    const id = `${craft}/${folder}`;
    if (/^\d+-/.test(craft) && id !== own) found.add(id);
  }
  return found;
}

/** The reference and every given program compile where nothing but the exercise's imports is. */
export async function prerequisiteProblems(
  exercise: Exercise,
  curriculum: Curriculum,
  root: string,
): Promise<string[]> {
  const include = exercise.given.filter((name) => name.endsWith('.ts'));
  const buildRoot = join(root, '.craft', 'given');
  const result = await compile({ curriculum, exercise, sourceRoot: root, buildRoot, include });
  if (result.outcome === 'compiled') return [];
  const lines = result.diagnostics.map(
    ({ file, line, message }) => `${file}:${line} ${message.split('\n')[0]}`,
  );
  return lines.length > 0 ? lines.slice(0, 5) : [result.error.message];
}

/** Files among the checks that no check, gate, driver or list of mutants uses. */
export function strayCheckProblems({ id, gates }: Exercise, { checkSources }: Library): string[] {
  if (checkSources === undefined) return [];
  const folder = join(checkSources, id);
  const there = namesIn(folder);
  const wanted = ['behaviour.test.ts', 'mutants.ts', ...(gates.length > 0 ? ['gate.ts'] : [])];
  const used = new Set(['driver.ts', 'gate.ts', ...wanted].filter((name) => there.includes(name)));
  for (const name of used) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const other of there) {
      const named = new RegExp(`['"/]${other.replace(/\.ts$/, '')}.[jt]s['"]`);
      if (named.test(text)) used.add(other);
    }
  }
  return [
    ...wanted
      .filter((name) => !there.includes(name))
      .map((name) => `${name} is missing in grader/checks/${id}`),
    ...there.filter((name) => !used.has(name)).map((name) => `nothing uses grader/checks/${id}/${name}`),
  ];
}

/** What is run is what was compiled: it must be as new as its source. */
export function builtProblems({ id }: Exercise, { checks, checkSources }: Library): string[] {
  if (checkSources === undefined) return [];
  const folder = join(checkSources, id);
  const old = namesIn(folder).filter((name) => {
    const built = join(checks, id, name.replace(/\.ts$/, '.js'));
    return name.endsWith('.ts') && (!existsSync(built) || age(built) < age(join(folder, name)));
  });
  return old.length === 0 ? [] : [`${old.join(', ')}: newer than what was built of it. Run: npm run build`];
}

function age(file: string): number {
  return statSync(file).mtimeMs;
}

/** Folders of solutions, designs and checks to which no exercise belongs. */
export function strayFolders({ exercises }: Curriculum, library: Library): string[] {
  const known = new Set(exercises.map(({ id }) => id));
  const roots = [library.solutions, library.designs, library.checkSources ?? library.checks];
  return roots.filter(existsSync).flatMap((root) =>
    readdirSync(root)
      .filter((craft) => statSync(join(root, craft)).isDirectory())
      .flatMap((craft) => readdirSync(join(root, craft)).map((name) => `${craft}/${name}`))
      .filter((id) => !known.has(id))
      .map((id) => `${join(root, id)} belongs to no exercise`),
  );
}

/** What an author has not written yet: one line for each mark that `craft check --new` left. */
export function unwrittenProblems({ id, directory }: Exercise, library: Library): string[] {
  const folders: readonly [string, string | undefined][] = [
    ['exercises', directory],
    ['solutions', join(library.solutions, id)],
    ['designs', join(library.designs, id)],
    ['checks', library.checkSources === undefined ? undefined : join(library.checkSources, id)],
  ];
  return folders.flatMap(([kind, folder]) =>
    folder === undefined ? [] : namesIn(folder).flatMap((name) => marks(kind, folder, name)),
  );
}

function marks(kind: string, folder: string, name: string): string[] {
  if (name.endsWith('/')) return [];
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const [, what] = /TODO\(author\):? ?(.*?)["'`]?(?: -->| \*\/|,)?$/.exec(line) ?? [];
    return what === undefined ? [] : [`${kind}: ${name}:${i + 1} ${what}`];
  });
}
