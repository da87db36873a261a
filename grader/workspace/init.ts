/** `craft init`: a new workspace, complete or not at all. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CraftError } from '../core/errors.ts';
import {
  errno,
  type FileContent,
  type FileOps,
  realOps,
  temporarySuffix,
  writeFolderAtomic,
  writing,
} from '../core/files.ts';
import { craftVersion, packageRoot } from '../core/paths.ts';
import type { Curriculum, Notice, Workspace } from '../core/types.ts';
import { type Marker, markerPath, tryFindWorkspace, workspaceAt } from './find.ts';
import { filesToInstall, installedPath, serializeInstalled, sha256 } from './installed.ts';
import { makeLinks } from './links.ts';
import { makeRepository } from './repository.ts';

export interface InitOptions {
  /** Absolute, or relative to the process's folder. */
  readonly directory: string;
  readonly curriculum: Curriculum;
  /** The craft that the workspace links to. */
  readonly installation?: string;
  /** False leaves git alone. */
  readonly repository?: boolean;
  readonly now?: () => Date;
  readonly ops?: FileOps;
}

export interface InitResult {
  readonly workspace: Workspace;
  /** Relative to the workspace. */
  readonly files: readonly string[];
  readonly notices: readonly Notice[];
}

/** Begins the name of the folder in which a new workspace is put together. */
const stagingPrefix = '.craft-init-';

/** Makes a workspace in a new or empty folder; a folder with nothing but `.git` counts as empty. */
export async function initWorkspace(options: InitOptions): Promise<InitResult> {
  const root = resolve(options.directory);
  const outer = tryFindWorkspace(root);
  if (outer !== undefined) throw new CraftError('INSIDE_WORKSPACE', { folder: root, workspace: outer.root });
  refuseFull(root);
  const files = workspaceFiles(root, options);
  const names = [...new Set(files.map((file) => topLevel(file.path)))];
  const firstMade = writing(root, () => mkdirSync(root, { recursive: true }));
  const workspace = workspaceAt(root);
  const moved: string[] = [];
  try {
    place(root, files, names, moved, options.ops ?? realOps);
    moved.push('node_modules');
    makeLinks(workspace, options.installation ?? packageRoot);
  } catch (error) {
    removeAll(root, moved, firstMade);
    throw error;
  }
  const notices = options.repository === false ? [] : await makeRepository(root, names);
  return { workspace, files: files.map((file) => file.path), notices };
}

function workspaceFiles(root: string, options: InitOptions): FileContent[] {
  const files = filesToInstall(root, options.curriculum);
  const created = (options.now ?? (() => new Date()))().toISOString();
  const marker: Marker = { schema: 1, craft: craftVersion, created };
  const hashes = Object.fromEntries(files.map((file) => [file.path, sha256(file.content)]));
  return [
    ...files,
    { path: installedPath, content: serializeInstalled(hashes) },
    { path: markerPath, content: `${JSON.stringify(marker, null, 2)}\n` },
  ];
}

function refuseFull(root: string): void {
  if (!existsSync(root)) return;
  if (!statSync(root).isDirectory())
    throw new CraftError('NOT_WRITABLE', { path: root, why: 'it is a file' });
  const names = writing(root, () => readdirSync(root));
  const others = names.filter((name) => name !== '.git' && !isLeftover(name));
  if (others.length > 0) throw new CraftError('FOLDER_NOT_EMPTY', { folder: root });
}

/**
 * Puts everything together aside, then moves it up. `exercises/` goes first: of two inits at once only one
 * can move a full folder there, and the other has moved nothing yet. `.craft/` goes last: that makes a
 * workspace.
 */
function place(
  root: string,
  files: readonly FileContent[],
  names: readonly string[],
  moved: string[],
  ops: FileOps,
): void {
  const staging = join(root, `${stagingPrefix}${process.pid}`);
  writing(root, () => {
    for (const name of readdirSync(root).filter(isLeftover)) rmSync(join(root, name), { recursive: true });
    try {
      writeFolderAtomic(staging, files, ops);
      const others = names.filter((name) => name !== 'exercises' && name !== '.craft');
      for (const name of ['exercises', ...others, '.craft']) {
        renameSync(join(staging, name), join(root, name));
        moved.push(name);
      }
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes(errno(error)))
        throw new CraftError('FOLDER_NOT_EMPTY', { folder: root });
      throw error;
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
}

/** True for what an init that was killed left behind. */
function isLeftover(name: string): boolean {
  const pid = name.startsWith(stagingPrefix)
    ? name.slice(stagingPrefix.length)
    : name.endsWith(temporarySuffix) && /^\.(\d+)-/.exec(name)?.[1];
  if (pid === undefined || pid === false) return false;
  try {
    return !process.kill(Number(pid), 0);
  } catch (error) {
    return errno(error) === 'ESRCH';
  }
}

/** Undoes a failed init: what it moved in, and the folders that it made. */
function removeAll(root: string, names: readonly string[], firstMade: string | undefined): void {
  for (const name of names) rmSync(join(root, name), { recursive: true, force: true });
  if (firstMade === undefined) return;
  for (let folder = root; folder.length >= firstMade.length; folder = dirname(folder)) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  }
}

const topLevel = (path: string): string => path.split('/')[0] ?? path;
