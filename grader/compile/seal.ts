/** Whether a build is still what was compiled: a program that rewrites itself would run what nobody has read. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import type { Build } from '../core/types.ts';

/** Of the names and the bytes of all that can be loaded. */
export async function sealOf({ output }: Build): Promise<string> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of paths.sort()) hash.update(`${path}\0`).update(await readFile(path).catch(() => ''));
  return hash.digest('hex');
}

/** The error when it is not; nothing when it is. */
export async function brokenSeal(build: Build, seal: string): Promise<CraftError | undefined> {
  if ((await sealOf(build)) === seal) return undefined;
  const why = 'what runs must be what craft has read; write to the folder that the exercise names';
  return new CraftError('FORBIDDEN_API', { api: 'changing the compiled program', why });
}
