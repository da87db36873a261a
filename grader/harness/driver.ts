/**
 * For `driver.ts` files, which run inside the subject process beside the student's code: the student's
 * modules, and a simulated world to put them in. What a driver returns is judged outside.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { studentDirectory } from '../subject/inside.ts';

export * from '../simulation/index.ts';

/** The student's module, by its path from the exercise's folder: `store.ts`, `../01-queue/queue.ts`. */
export async function student<T>(file: string): Promise<T> {
  const path = join(studentDirectory(), file.replace(/\.ts$/, '.js'));
  return (await import(pathToFileURL(path).href)) as T;
}
