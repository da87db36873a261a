/**
 * Writes that a crash cannot tear: a temporary file, flushed, then renamed into place. The operations go
 * through a small interface so that tests can end the process before, or half-way through, any one of them.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CraftError } from './errors.ts';

/** Everything that changes the disk. Each method is one step that a crash may come before. */
export interface FileOps {
  /** Makes a folder and the missing ones above it. */
  makeFolder(path: string): void;
  /** Opens a file that must not exist yet. */
  create(path: string, mode: number): number;
  /** Writes all of `bytes`. */
  write(file: number, bytes: Uint8Array): void;
  sync(file: number): void;
  close(file: number): void;
  /** Makes new names in a folder durable. */
  syncFolder(path: string): void;
  rename(from: string, to: string): void;
  /** A second name for a file; fails when `to` exists. */
  link(from: string, to: string): void;
  /** Removes a file or a tree; nothing happens when it is not there. */
  remove(path: string): void;
}

export const realOps: FileOps = {
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  create: (path, mode) => openSync(path, 'wx', mode),
  write: (file, bytes) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  },
  sync: fsyncSync,
  close: closeSync,
  syncFolder: (path) => {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } catch (error) {
      // Some file systems refuse to flush a folder; a full disk they report elsewhere.
      if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes(errno(error))) throw error;
    } finally {
      closeSync(folder);
    }
  },
  rename: renameSync,
  link: linkSync,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
};

/** A file to write: `path` is relative to the folder it goes into and uses `/`. */
export interface FileContent {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Permission bits; the default is that of a text file. */
  readonly mode?: number;
}

/** The system's error code, or `''`. */
export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The sentence for a failed write. Anything that is neither a full disk nor a permission is a bug. */
export function asWriteError(error: unknown, path: string): unknown {
  if (error instanceof CraftError) return error;
  const code = errno(error);
  if (['ENOSPC', 'EDQUOT'].includes(code)) return new CraftError('DISK_FULL', { path }, { cause: error });
  const why: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the disk is read-only',
    ENOTDIR: 'something above it is not a folder',
    EISDIR: 'it is a folder',
    EEXIST: 'something of that name is in the way',
    ELOOP: 'it is a chain of links',
    ENAMETOOLONG: 'the name is too long',
  };
  const reason = why[code];
  if (reason === undefined) return error;
  return new CraftError('NOT_WRITABLE', { path, why: reason }, { cause: error });
}

/** Runs a write and words its failure. */
export function writing<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw asWriteError(error, path);
  }
}

/** The end of every temporary name, by which leftovers are found. */
export const temporarySuffix = '.craft-tmp';

/** A name that no other process takes, in `folder`. */
export function temporaryPath(folder: string): string {
  return join(folder, `.${process.pid}-${randomBytes(6).toString('hex')}${temporarySuffix}`);
}

export interface AtomicOptions {
  readonly ops?: FileOps;
  readonly mode?: number;
  /** Where the temporary file goes: on the same disk. By default beside the file. */
  readonly temporary?: string;
}

/** Writes a file so that every reader, also after a crash, sees the old text or the new one. */
export function writeAtomic(path: string, content: string | Uint8Array, options: AtomicOptions = {}): void {
  const ops = options.ops ?? realOps;
  const folder = dirname(path);
  const temporary = temporaryPath(options.temporary ?? folder);
  writing(path, () => {
    if (!existsSync(folder)) ops.makeFolder(folder);
    if (!existsSync(dirname(temporary))) ops.makeFolder(dirname(temporary));
    removingOnFailure(temporary, ops, () => {
      writeWhole(temporary, content, options.mode ?? 0o666, ops);
      ops.rename(temporary, path);
    });
    ops.syncFolder(folder);
  });
}

/**
 * Writes a folder with all its files, whole or not at all. Fails with `EEXIST` or `ENOTEMPTY` as its cause's
 * code when `path` is there already.
 */
export function writeFolderAtomic(path: string, files: readonly FileContent[], ops: FileOps = realOps): void {
  const parent = dirname(path);
  const temporary = temporaryPath(parent);
  writing(path, () => {
    ops.makeFolder(temporary);
    removingOnFailure(temporary, ops, () => {
      const folders = new Set([temporary]);
      for (const file of files) {
        const target = join(temporary, file.path);
        const folder = dirname(target);
        if (!folders.has(folder)) ops.makeFolder(folder);
        folders.add(folder);
        writeWhole(target, file.content, file.mode ?? 0o666, ops);
      }
      for (const folder of folders) ops.syncFolder(folder);
      ops.rename(temporary, path);
    });
    ops.syncFolder(parent);
  });
}

/**
 * The bytes of a regular file, or `undefined` when nothing is there. Never follows a link below `root`, and
 * never waits on a pipe: `NOT_WRITABLE` says what is in the way.
 */
export function readRegular(root: string, path: string): Uint8Array | undefined {
  let current = root;
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    current = join(current, part);
    const kind = lstatSync(current, { throwIfNoEntry: false });
    if (kind === undefined) return undefined;
    if (kind.isSymbolicLink()) {
      throw new CraftError('NOT_WRITABLE', {
        path: current,
        why: 'it is a link, and craft does not follow links',
        mend: 'Move it away, then try again.',
      });
    }
    const last = index === parts.length - 1;
    if (last ? kind.isFile() : kind.isDirectory()) continue;
    throw new CraftError('NOT_WRITABLE', {
      path: current,
      why: last ? 'it is not a file' : 'it is not a folder',
      mend: 'Move it away, then try again.',
    });
  }
  try {
    return readFileSync(current);
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(errno(error))) throw error;
    throw new CraftError('NOT_WRITABLE', { path: current, why: 'it cannot even be read' }, { cause: error });
  }
}

/** Writes a file that must not exist yet, and flushes it. */
export function writeWhole(path: string, content: string | Uint8Array, mode: number, ops: FileOps): void {
  const file = ops.create(path, mode);
  try {
    ops.write(file, typeof content === 'string' ? Buffer.from(content) : content);
    ops.sync(file);
  } finally {
    ops.close(file);
  }
}

function removingOnFailure(path: string, ops: FileOps, body: () => void): void {
  try {
    body();
  } catch (error) {
    try {
      ops.remove(path);
    } catch {
      // The first failure is the one to report; leftovers are swept by the next run.
    }
    throw error;
  }
}
