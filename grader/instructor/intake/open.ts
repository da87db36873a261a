/**
 * Opens files of a submission. Somebody may be writing there meanwhile, and may put a link or a pipe where a file was:
 * nothing is followed, nothing is waited for, and what was opened is asked for its name.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { errno } from '../../core/files.ts';
import { Changed, largerThan, Refusal, shown } from './refusal.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The bytes of a regular file of at most `most` bytes. `path` is without links; `name` is for messages. */
export async function readFileOnce(path: string, name: string, most: number): Promise<Buffer> {
  const file = await openFile(path, name);
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw new Changed(name);
    await requirePlace(file, path, name);
    if (before.size > most) throw tooLarge(name, most, before.size);
    const bytes = await readAtMost(file, Number(before.size) + 1);
    const after = await file.stat({ bigint: true });
    const same = before.size === after.size && before.mtimeNs === after.mtimeNs;
    if (!same || BigInt(bytes.length) !== before.size) throw new Changed(name);
    return bytes;
  } finally {
    await file.close();
  }
}

export function tooLarge(name: string, most: number, size: bigint | number): Refusal {
  return new Refusal(`${shown(name)} is ${largerThan(most, Number(size))}`);
}

/** What is known of a file system's answer: the submission's doing, or else the error itself. */
export function asRefusal(error: unknown, name: string): unknown {
  const code = errno(error);
  if (['EACCES', 'EPERM'].includes(code)) {
    return new Refusal(
      `${shown(name)} cannot be read (permission denied): make it readable, then grade it again`,
    );
  }
  if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR', 'ESTALE', 'ENODEV'].includes(code)) {
    return new Changed(name);
  }
  if (code === 'ENAMETOOLONG') return new Refusal(`the name ${shown(name)} is too long`);
  return error;
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw asRefusal(error, name);
  }
}

/** O_NOFOLLOW looks at the last name only; a folder above may have become a link just now. */
async function requirePlace(file: FileHandle, path: string, name: string): Promise<void> {
  if ((await placeOf(file, path, name)) !== path) throw new Changed(name);
}

/** Linux knows where an open file is. Elsewhere the path is asked, which a link may have answered a moment ago. */
async function placeOf(file: FileHandle, path: string, name: string): Promise<string> {
  const known = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
  if (known !== undefined) return known;
  try {
    const [place, now, opened] = [await realpath(path), await lstat(path), await file.stat()];
    return now.ino === opened.ino && now.dev === opened.dev ? place : '';
  } catch (error) {
    throw asRefusal(error, name);
  }
}

async function readAtMost(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(most);
  let length = 0;
  while (length < most) {
    const { bytesRead } = await file.read(buffer, length, most - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
