/** The programs that a jail is made of, and the shared libraries that programs inside it need. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** Fixed: whoever grades may have folders of others in their PATH. */
const folders = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin'];
const found = new Map<string, string | undefined>();

/** Absolute path of `bwrap`, `prlimit` or `setpriv`; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  if (found.has(name)) return found.get(name);
  const path = folders.map((folder) => `${folder}/${name}`).find(isExecutable);
  found.set(name, path);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const libraries = new Map<string, readonly string[]>();

/** Paths of the loader and the libraries of programs, as the programs look for them; none for static ones. */
export function librariesOf(...programs: readonly string[]): readonly string[] {
  const key = programs.join('\n');
  const known = libraries.get(key);
  if (known !== undefined) return known;
  const paths = new Set<string>();
  for (const line of runLdd(programs).split('\n')) {
    const path = /(?:=>|^)\s*(\/\S+) \(0x/.exec(line)?.[1];
    if (path !== undefined) paths.add(path);
  }
  const all = [...paths];
  libraries.set(key, all);
  return all;
}

function runLdd(programs: readonly string[]): string {
  try {
    return execFileSync('/usr/bin/ldd', programs, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    });
  } catch (error) {
    // It fails for static programs, after it has told about the others.
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
}
