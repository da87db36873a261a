/** The import rules of the design, as a test: who may know whom. It names both files of every breach. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';
import { packageRoot } from './core/paths.ts';

/** Folder of grader/ -> the folders of grader/ it may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  jail: ['core'],
  curriculum: ['core'],
  progress: ['core'],
  workspace: ['core', 'curriculum'],
  compile: ['core', 'curriculum', 'jail'],
  subject: ['core', 'jail'],
  simulation: ['core'],
  harness: ['core', 'subject', 'simulation'],
  // mutant.ts is only the type of the list that authors keep beside their checks.
  checks: ['harness', 'gate', 'instructor/mutant.ts'],
  gate: ['core', 'subject'],
  bench: ['core', 'subject'],
  run: ['core', 'curriculum', 'jail', 'progress', 'workspace', 'compile', 'subject', 'harness', 'gate'],
  report: ['core', 'bench/types.ts'],
  instructor: [
    'core',
    'curriculum',
    'workspace',
    'compile',
    'jail',
    'run',
    'gate',
    'progress',
    'report/clean.ts',
  ],
  actions: [
    'core',
    'jail',
    'curriculum',
    'progress',
    'workspace',
    'compile',
    'gate',
    'bench',
    'run',
    'report',
    'instructor',
  ],
  watch: ['core', 'curriculum', 'progress', 'workspace', 'run', 'report', 'actions'],
  'index.ts': [
    'core',
    'bench/types.ts',
    'curriculum',
    'progress',
    'workspace',
    'bench/types.ts',
    'run',
    'report',
    'actions',
    'watch',
    'instructor',
  ],
};

interface Import {
  readonly from: string;
  readonly to: string;
  /** Erased by the compiler. */
  readonly typeOnly: boolean;
}

const files = ['bin', 'grader', 'exercises', 'solutions'].flatMap((folder) =>
  readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.bench.ts') && !file.startsWith('grader/fixtures/'),
    ),
);
const sources = files.filter((file) => !file.endsWith('.test.ts') || file.startsWith('grader/checks/'));
const imports = sources.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const { module } = parseSync(file, readFileSync(join(packageRoot, file), 'utf8'));
  const resolve = (specifier: string): string =>
    relative(packageRoot, join(packageRoot, dirname(file), specifier));
  const fixed = [
    ...module.staticImports.map((found) => ({
      specifier: found.moduleRequest.value,
      typeOnly: found.entries.length > 0 && found.entries.every((entry) => entry.isType),
    })),
    ...module.staticExports.flatMap((found) =>
      found.entries.flatMap((entry) =>
        entry.moduleRequest === null
          ? []
          : [{ specifier: entry.moduleRequest.value, typeOnly: entry.isType }],
      ),
    ),
  ];
  return fixed
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, typeOnly }) => ({ from: file, to: resolve(specifier), typeOnly }));
}

/** `grader/run/run.ts` -> `run`; `grader/index.ts` -> `index.ts`. */
function folderOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function mayImport({ from, to, typeOnly }: Import): boolean {
  if (!from.startsWith('grader/')) return true;
  // The shape of what students write is part of every check; only its types may be known.
  if (to.startsWith('exercises/')) return typeOnly && ['checks', 'simulation'].includes(folderOf(from));
  if (!to.startsWith('grader/')) return false;
  const rules = allowed[folderOf(from)] ?? [];
  return (
    folderOf(from) === folderOf(to) ||
    rules.includes(folderOf(to)) ||
    rules.includes(to.slice('grader/'.length))
  );
}

const describeBreach = ({ from, to }: Import): string => `${from} must not import ${to}`;

describe('boundaries', () => {
  test('the sources are found', () => {
    expect(imports.length).toBeGreaterThan(200);
    // A solution is laid over the exercises: what it does not have itself is found there.
    const candidates = (to: string): string[] => [to, to.replace(/^solutions\//, 'exercises/')];
    for (const { from, to } of imports) {
      expect(
        candidates(to).some((file) => existsSync(join(packageRoot, file))),
        `${from} -> ${to}`,
      ).toBe(true);
    }
  });

  test('every folder of grader/ has its rule', () => {
    const folders = new Set(sources.filter((file) => file.startsWith('grader/')).map(folderOf));
    expect([...folders].filter((folder) => allowed[folder] === undefined)).toEqual([]);
  });

  test('folders of grader/ import only what the design says', () => {
    expect(imports.filter((each) => !mayImport(each)).map(describeBreach)).toEqual([]);
  });

  test('bin/ sees only grader/index.ts', () => {
    const breaches = imports.filter(({ from, to }) => from.startsWith('bin/') && to.startsWith('grader/'));
    expect(breaches.filter(({ to }) => to !== 'grader/index.ts').map(describeBreach)).toEqual([]);
  });

  test('exercises and solutions know nothing of the tool', () => {
    const breaches = imports.filter(
      ({ from, to }) => /^(exercises|solutions)\//.test(from) && /^(grader|bin)\//.test(to),
    );
    expect(breaches.map(describeBreach)).toEqual([]);
  });

  test('a check cannot reach progress, the workspace or a solution', () => {
    const breaches = imports.filter(
      ({ from, to }) =>
        from.startsWith('grader/checks/') && /^(solutions|grader\/(progress|workspace|run))\//.test(to),
    );
    expect(breaches.map(describeBreach)).toEqual([]);
  });

  test('no file imports itself, by whatever way round', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) {
      if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to]);
    }
    expect(cycles(graph)).toEqual([]);
  });
});

/** Each cycle as `a -> b -> a`. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
