/** Where this installation of craft keeps its own files. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CraftError } from './errors.ts';

/** The folder with our package.json: the clone, or `node_modules/systems-craft`. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** `grader/` as it runs now: `dist/grader` when built, the sources under the tool's own tests. */
export const graderRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** `.js` when built, `.ts` under the tool's own tests. */
export const moduleExtension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** This craft's version, from package.json. */
export const craftVersion = readVersion(packageRoot);

/** True in a clone, where solutions and author commands are. */
export const isClone = existsSync(join(packageRoot, 'solutions'));

function findPackageRoot(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new CraftError('BROKEN_INSTALLATION', { message: 'package.json is missing' });
}

function readVersion(root: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (manifest !== null && typeof manifest === 'object' && 'version' in manifest)
    return String(manifest.version);
  throw new CraftError('BROKEN_INSTALLATION', { message: 'package.json has no version' });
}

/** `dist/grader`, also when the tool's own tests run from the sources: what subject processes load. */
export const builtGraderRoot = join(packageRoot, 'dist', 'grader');
