import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join, normalize, resolve } from 'node:path';
import { openFile } from './file.ts';
import type { Disk } from './types.ts';

/** A folder of the real file system. The folder itself is made when the first file is opened. */
export function realDisk(root: string): Disk {
  const base = resolve(root);
  const locate = (path: string): string => {
    const relative = normalize(path);
    if (relative.startsWith('..') || relative.startsWith('/'))
      throw new RangeError(`${path} is outside the disk`);
    return join(base, relative);
  };
  return {
    async open(path) {
      const file = locate(path);
      await makeFolder(dirname(file));
      return openFile(file);
    },
    async list(path) {
      try {
        const names = await readdir(locate(path));
        return names.sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    async rename(from, to) {
      await rename(locate(from), locate(to));
    },
    async remove(path) {
      await unlink(locate(path));
    },
    async syncDir(path) {
      await syncFolder(locate(path));
    },
  };
}

/**
 * Makes a folder and those above it, durably: a `Disk` has no other way to say that a new folder must
 * survive a crash. A folder's name is kept by the folder above it, so that one is synced.
 */
async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true });
  if (firstMade === undefined) return; // it was there
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** A folder is a file that lists names; `fsync` on it makes that list durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
