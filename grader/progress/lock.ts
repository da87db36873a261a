/**
 * One craft at a time. The lock is a file that names its holder; it appears complete, by `link`, or not at
 * all.
 *
 * A dead holder's lock is replaced, never removed: whoever wants it first takes a second lock named after
 * the dead holder's token, looks again, and renames its own file over the dead one. Tokens never repeat, so
 * a slow rival who comes later finds another token and gives up. A rival who dies half-way leaves a second
 * lock that is taken over in the same way.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CraftError } from '../core/errors.ts';
import { asWriteError, errno, type FileOps, realOps, temporarySuffix } from '../core/files.ts';
import type { Workspace } from '../core/types.ts';
import { bootId, isAlive, type ProcessName, startedAt } from './processes.ts';

interface Holder extends ProcessName {
  readonly token: string;
}

export interface LockOptions {
  /** How long to wait for a live holder. */
  readonly waitMs?: number;
  /** Called once, when there is somebody to wait for. */
  readonly onWait?: (holder: { readonly pid: number }) => void;
  readonly ops?: FileOps;
  /** Ends the wait: rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

/** A lock without a readable holder is taken for one that is being written, for this long. */
const unreadableGraceMs = 5_000;

/** Runs `fn` while no other craft works in this workspace: `LOCKED_WORKSPACE` after `waitMs` (30 s). */
export async function withLock<T>(
  workspace: Workspace,
  fn: () => T | Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  return withLockFile(workspace, 'lock', fn, options);
}

/** The same with another lock: `progress.lock` is held for the milliseconds of one update. */
export async function withLockFile<T>(
  workspace: Workspace,
  name: string,
  fn: () => T | Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const ops = options.ops ?? realOps;
  const path = join(workspace.state, name);
  const me: Holder = { pid: process.pid, started: startedAt(process.pid), boot: bootId(), token: newToken() };
  await acquire(path, me, workspace.root, options, ops);
  try {
    return await fn();
  } finally {
    release(path, me, ops);
  }
}

async function acquire(
  path: string,
  me: Holder,
  root: string,
  { waitMs = 30_000, onWait, signal }: LockOptions,
  ops: FileOps,
): Promise<void> {
  const giveUpAt = performance.now() + waitMs;
  let waited = false;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 150)) {
    const holder = claimOrSteal(path, me, ops);
    if (holder === undefined) return sweep(path, ops);
    if (performance.now() >= giveUpAt) throw new CraftError('LOCKED_WORKSPACE', { pid: holder.pid, root });
    if (!waited && pauseMs > 20) onWait?.({ pid: holder.pid });
    waited ||= pauseMs > 20;
    await sleep(pauseMs * (0.5 + Math.random()), undefined, signal === undefined ? {} : { signal });
  }
}

/** `undefined` when the lock is mine now, else who is in the way. */
function claimOrSteal(path: string, me: Holder, ops: FileOps, depth = 0): Holder | undefined {
  const holder = readHolder(path);
  if (holder === undefined) return claim(path, me, ops) ? undefined : (readHolder(path) ?? me);
  if (depth > 8 || isAlive(holder)) return holder;
  const guard = `${path}.${holder.token}`;
  const rival = claimOrSteal(guard, me, ops, depth + 1);
  if (rival !== undefined) return rival;
  try {
    if (readHolder(path)?.token !== holder.token) return holder;
    place(path, me, ops, (temporary) => ops.rename(temporary, path));
    return undefined;
  } finally {
    ops.remove(guard);
  }
}

function claim(path: string, me: Holder, ops: FileOps): boolean {
  try {
    place(path, me, ops, (temporary) => linkOrCreate(temporary, path, me, ops));
    return true;
  } catch (error) {
    if (errno(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Disks without hard links (exFAT) get a lock that is briefly empty; readers grant it a grace period. */
function linkOrCreate(temporary: string, path: string, me: Holder, ops: FileOps): void {
  try {
    ops.link(temporary, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errno(error))) throw error;
    write(path, me, ops);
  }
}

function write(path: string, me: Holder, ops: FileOps): void {
  const file = ops.create(path, 0o666);
  try {
    ops.write(file, Buffer.from(JSON.stringify(me)));
  } finally {
    ops.close(file);
  }
}

/** Writes my name to a temporary file and hands it on; not flushed, since a reboot ends every holder. */
function place(path: string, me: Holder, ops: FileOps, move: (temporary: string) => void): void {
  const temporary = `${path}.${me.pid}-${newToken()}${temporarySuffix}`;
  try {
    write(temporary, me, ops);
    move(temporary);
  } catch (error) {
    if (errno(error) === 'EEXIST') throw error;
    throw asWriteError(error, path);
  } finally {
    ops.remove(temporary);
  }
}

function release(path: string, me: Holder, ops: FileOps): void {
  const holder = readHolder(path);
  // Garbage written over my lock goes too; a lock of another live craft does not.
  const foreign = holder !== undefined && holder.token !== me.token && holder.pid !== me.pid;
  if (foreign && isAlive(holder)) return;
  ops.remove(path);
}

/**
 * Removes what killed rivals left. Safe while I hold the lock: second locks of other tokens mean nothing
 * now.
 */
function sweep(path: string, ops: FileOps): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const writer = name.endsWith(temporarySuffix)
      ? /\.(\d+)-[0-9a-f]+\.craft-tmp$/.exec(name)?.[1]
      : undefined;
    const writerLives = writer !== undefined && isAlive({ pid: Number(writer), started: null, boot: null });
    if (!writerLives) ops.remove(join(dirname(path), name));
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return parseHolder(text) ?? unreadable(path, text);
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw asWriteError(error, path);
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Holder, unknown>> | null;
    const { pid, started, boot, token } = value ?? {};
    // The token becomes part of a file name.
    if (typeof token !== 'string' || !/^[0-9a-f]{16}$/.test(token)) return undefined;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
    return { pid, token, started: textOrNull(started), boot: textOrNull(boot) };
  } catch {
    return undefined;
  }
}

function unreadable(path: string, text: string): Holder {
  const { ino, mtimeMs } = statSync(path);
  const young = Math.abs(Date.now() - mtimeMs) < unreadableGraceMs;
  const token = createHash('sha256').update(`${ino} ${mtimeMs} ${text}`).digest('hex').slice(0, 16);
  return young
    ? { pid: process.pid, started: startedAt(process.pid), boot: null, token }
    : { pid: 0, started: null, boot: null, token };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const newToken = (): string => randomBytes(8).toString('hex');
