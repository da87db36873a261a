/**
 * For `driver.ts` files, which run inside the subject process beside the student's code: the student's
 * modules, and a simulated world to put them in. What a driver returns is judged outside.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { studentDirectory } from '../subject/inside.ts';

export * from '../simulation/index.ts';

// Taken before the student's code is there.
const { apply } = Reflect;
const { toString: sourceOf } = Function.prototype;

/** The student's module, by its path from the exercise's folder: `store.ts`, `../01-queue/queue.ts`. */
export async function student<T>(file: string): Promise<T> {
  const path = join(studentDirectory(), file.replace(/\.ts$/, '.js'));
  const module: object = await import(pathToFileURL(path).href);
  refuseBuiltIns(module);
  return module as T;
}

/**
 * A driver may call what the student may not: so it must not be handed that very thing, as in
 * `export const parseJson = JSON.parse`.
 */
function refuseBuiltIns(module: object): void {
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function') continue;
    if (!/\{\s*\[native code\]\s*\}$/.test(apply(sourceOf, value, []))) continue;
    const error = new Error(`${name}: it is a function of Node itself; write your own`);
    error.name = 'ForbiddenApi';
    throw error;
  }
}
