/** The compiler's settings: ours, and nobody else's. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { CraftError } from '../core/errors.ts';

/**
 * As strict as the workspace's tsconfig where a mistake can hide, but without rules of taste: a variable that is
 * not used, an enum or a type imported without `import type` is no reason to fail a program that works.
 */
const strictness = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
};

/**
 * The text of the tsconfig.json that stands in the staged folder. `sourceRoot` is the URL of the folder that source
 * maps name instead of the staged one.
 */
export function tsconfig(roots: readonly string[], sourceRoot?: string): string {
  const compilerOptions = {
    ...strictness,
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    typeRoots: [typeRoot()],
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    rootDir: '.',
    outDir: '../output',
    sourceMap: true,
    ...(sourceRoot === undefined ? {} : { sourceRoot }),
    noEmitOnError: true,
    newLine: 'lf',
  };
  return `${JSON.stringify({ compilerOptions, files: roots }, null, 2)}\n`;
}

/** The folder that holds our `node` types: asked for, since a package manager may have put it anywhere. */
export function typeRoot(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('@types/node/package.json');
    return dirname(dirname(manifest));
  } catch (error) {
    throw new CraftError('BROKEN_INSTALLATION', { message: '@types/node is missing' }, { cause: error });
  }
}
