/**
 * What an installation of craft puts into a workspace, and `.craft/installed.json`: the sha256 of each file
 * as it was put there, by which `craft update` tells the student's changes from an old version.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { type FileContent, type FileOps, realOps, writeAtomic } from '../core/files.ts';
import { craftVersion } from '../core/paths.ts';
import type { Curriculum, Exercise, Workspace } from '../core/types.ts';
import { rootFiles } from './template.ts';

export interface Installed {
  readonly schema: 1;
  readonly craft: string;
  /** sha256 by path relative to the workspace. */
  readonly files: Readonly<Record<string, string>>;
}

/** Relative to the workspace. */
export const installedPath = '.craft/installed.json';

/** Every file of a workspace as this craft would make it. */
export function filesToInstall(root: string, curriculum: Curriculum, craft = craftVersion): FileContent[] {
  const exercises = curriculum.exercises.flatMap((exercise) => exerciseFiles(exercise));
  return [...rootFiles(root, craft), ...kernelFiles(curriculum), ...exercises];
}

/** The lesson, the stubs and the given files. Hints and the manifest stay with craft. */
function exerciseFiles(exercise: Exercise): FileContent[] {
  return [
    { path: `${exerciseFolder(exercise)}/README.md`, content: shipped(exercise, 'README.md') },
    ...stubs(exercise),
  ];
}

/** The files that `craft reset` puts back. */
export function stubs(exercise: Exercise): FileContent[] {
  return [...exercise.files, ...exercise.given].map((name) => ({
    path: `${exerciseFolder(exercise)}/${name}`,
    content: shipped(exercise, name),
  }));
}

/** Relative to the workspace. */
export function exerciseFolder(exercise: Exercise): string {
  return `exercises/${exercise.id}`;
}

/** The manifest of the last init or update; an absent or damaged one knows no file. */
export function readInstalled(workspace: Workspace): Installed {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(workspace.root, installedPath), 'utf8'));
  } catch {
    value = undefined;
  }
  const { craft, files } = (value ?? {}) as { craft?: unknown; files?: unknown };
  const entries = typeof files === 'object' && files !== null ? Object.entries(files) : [];
  const valid = entries.filter(([path, sha]) => isInside(path) && typeof sha === 'string');
  return { schema: 1, craft: typeof craft === 'string' ? craft : '', files: Object.fromEntries(valid) };
}

export function writeInstalled(
  workspace: Workspace,
  files: Readonly<Record<string, string>>,
  ops: FileOps = realOps,
): void {
  writeAtomic(join(workspace.root, installedPath), serializeInstalled(files), { ops });
}

export function serializeInstalled(files: Readonly<Record<string, string>>): string {
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const manifest: Installed = { schema: 1, craft: craftVersion, files: sorted };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function kernelFiles(curriculum: Curriculum): FileContent[] {
  const kernel = join(curriculum.directory, 'kernel');
  const entries = readdirSync(kernel, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => {
      const inside = relative(curriculum.directory, file).split(sep).join('/');
      return { path: `exercises/${inside}`, content: readFileSync(file) };
    });
}

function shipped(exercise: Exercise, name: string): Uint8Array {
  try {
    return readFileSync(join(exercise.directory, name));
  } catch (error) {
    throw new CraftError(
      'BROKEN_INSTALLATION',
      { message: `${exercise.id}/${name} is missing` },
      { cause: error },
    );
  }
}

function isInside(path: string): boolean {
  return (
    path !== '' && !path.startsWith('/') && !path.split('/').some((part) => ['', '.', '..'].includes(part))
  );
}
