/** New files whose name nobody may take twice. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno, type FileOps, realOps, temporaryPath, writeWhole, writing } from './files.ts';

/**
 * Writes a new file, whole or not at all. False when something of that name is there: of two processes that
 * want the same name, one gets it.
 */
export function createAtomic(path: string, content: string | Uint8Array, ops: FileOps = realOps): boolean {
  const folder = dirname(path);
  const temporary = temporaryPath(folder);
  return writing(path, () => {
    if (!existsSync(folder)) ops.makeFolder(folder);
    try {
      writeWhole(temporary, content, 0o666, ops);
      if (!claimName(temporary, path, ops)) return false;
    } finally {
      ops.remove(temporary);
    }
    ops.syncFolder(folder);
    return true;
  });
}

/** Disks without hard links (exFAT) get an empty file first, which the whole one then replaces. */
function claimName(temporary: string, path: string, ops: FileOps): boolean {
  try {
    try {
      ops.link(temporary, path);
    } catch (error) {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errno(error))) throw error;
      ops.close(ops.create(path, 0o666));
      ops.rename(temporary, path);
    }
    return true;
  } catch (error) {
    if (errno(error) === 'EEXIST') return false;
    throw error;
  }
}
