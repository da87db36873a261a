/** A workspace is a folder with `.craft/workspace.json`; commands find it from any folder below. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { isClone, packageRoot } from '../core/paths.ts';
import type { Workspace } from '../core/types.ts';

/** The file that makes a folder a workspace. */
export interface Marker {
  readonly schema: 1;
  /** Version of craft that made it. */
  readonly craft: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

/** Relative to the workspace. */
export const markerPath = '.craft/workspace.json';

/** The workspace that `from` is in; `NO_WORKSPACE` says where one is, or how to make one. */
export function findWorkspace(from: string): Workspace {
  const workspace = tryFindWorkspace(from);
  if (workspace === undefined)
    throw new CraftError('NO_WORKSPACE', { from: resolve(from), next: nextStep(from) });
  refuseNewer(join(workspace.root, markerPath));
  return workspace;
}

/** The workspace that `from` is in, if any. */
export function tryFindWorkspace(from: string): Workspace | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, markerPath))) return workspaceAt(folder);
    if (folder === dirname(folder)) return undefined;
  }
}

/** A folder as a workspace, whether or not it is one yet. */
export function workspaceAt(root: string): Workspace {
  return { root, state: join(root, '.craft') };
}

function refuseNewer(path: string): void {
  let marker: unknown;
  try {
    marker = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Its place is what counts; a damaged one costs nothing.
    return;
  }
  if (marker === null || typeof marker !== 'object' || !('schema' in marker)) return;
  if (typeof marker.schema !== 'number' || marker.schema <= 1) return;
  throw new CraftError('PROGRESS_NEWER', {
    path,
    craft: 'craft' in marker ? String(marker.craft) : 'unknown',
  });
}

function nextStep(from: string): string {
  const below = workspaceBelow(resolve(from));
  if (below !== undefined) return `There is one below: cd ${below}`;
  const inClone = isClone && `${resolve(from)}${sep}`.startsWith(`${packageRoot}${sep}`);
  return `Make one with: ${inClone ? 'npx craft' : 'npx systems-craft'} init metricstream`;
}

function workspaceBelow(folder: string): string | undefined {
  try {
    const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, markerPath)));
    return names[0] === undefined ? undefined : basename(names[0]);
  } catch {
    return undefined;
  }
}
