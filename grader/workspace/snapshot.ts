/** Copies of the student's files, taken before a command replaces them: `.craft/resets/<n>-<label>/`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FileContent,
  type FileOps,
  realOps,
  temporarySuffix,
  writeAtomic,
  writeFolderAtomic,
  writing,
} from '../core/files.ts';
import type { Workspace } from '../core/types.ts';

/** A file as it was, and where its copy is. */
export interface KeptCopy {
  /** Relative to the workspace. */
  readonly path: string;
  /** The copy, relative to the workspace: `cp <copy> <path>` brings it back. */
  readonly copy: string;
}

export interface Snapshot {
  /** Relative to the workspace. */
  readonly folder: string;
  readonly copies: readonly KeptCopy[];
}

/** Keeps the files, all or none, in a folder of their own. */
export function takeSnapshot(
  workspace: Workspace,
  label: string,
  files: readonly FileContent[],
  ops: FileOps = realOps,
): Snapshot {
  const parent = join(workspace.state, 'resets');
  if (!existsSync(parent)) writing(parent, () => ops.makeFolder(parent));
  const numbers = readdirSync(parent).map((name) => Number(/^(\d{1,9})-/.exec(name)?.[1] ?? 0));
  const name = `${Math.max(0, ...numbers) + 1}-${label}`;
  writeFolderAtomic(join(parent, name), files, ops);
  const folder = `.craft/resets/${name}`;
  return { folder, copies: files.map(({ path }) => ({ path, copy: `${folder}/${path}` })) };
}

/** Removes what a killed reset or update left half-written. */
export function sweepLeftovers(workspace: Workspace, ops: FileOps = realOps): void {
  ops.remove(join(workspace.state, 'temporary'));
  const parent = join(workspace.state, 'resets');
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) if (name.endsWith(temporarySuffix)) ops.remove(join(parent, name));
}

/** Replaces one file of the workspace whole; the temporary one stays out of the student's sight. */
export function replaceFile(workspace: Workspace, file: FileContent, ops: FileOps = realOps): void {
  const temporary = join(workspace.state, 'temporary');
  writeAtomic(join(workspace.root, file.path), file.content, { ops, temporary, mode: file.mode ?? 0o666 });
}
