/**
 * Two links in the workspace's `node_modules/`, so that nothing needs a network: craft itself, which the
 * launcher starts, and the types of Node, which the editor reads.
 */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { asWriteError, errno, temporaryPath } from '../core/files.ts';
import { packageRoot } from '../core/paths.ts';
import type { Notice, Workspace } from '../core/types.ts';

/** Makes the links that are missing or lead nowhere; never fails, since most commands work without them. */
export function ensureLinks(workspace: Workspace, installation = packageRoot): readonly Notice[] {
  try {
    makeLinks(workspace, installation);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ code: 'LINKS', text: `node_modules/ of the workspace is incomplete: ${why}` }];
  }
}

/** The same, but a failure is thrown. */
export function makeLinks(workspace: Workspace, installation = packageRoot): void {
  const modules = join(workspace.root, 'node_modules');
  link(installation, join(modules, 'systems-craft'));
  const types = typesOfNode(installation);
  if (types !== undefined) link(types, join(modules, '@types', 'node'));
  // npx finds this one even below a folder with a package.json of its own.
  link(join('..', '..', 'craft.mjs'), join(modules, '.bin', 'craft'));
}

function link(target: string, path: string): void {
  // existsSync follows links: a link that leads nowhere is made again, a real folder or another link stays.
  if (existsSync(path)) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(target, path);
    else replaceLink(target, path);
  } catch (error) {
    // Another craft was faster.
    if (errno(error) === 'EEXIST' && existsSync(path)) return;
    throw asWriteError(error, path);
  }
}

function replaceLink(target: string, path: string): void {
  const temporary = temporaryPath(dirname(path));
  symlinkSync(target, temporary);
  try {
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Beside craft or below it: npm may put it in either place. */
function typesOfNode(installation: string): string | undefined {
  try {
    return dirname(createRequire(join(installation, 'package.json')).resolve('@types/node/package.json'));
  } catch {
    return undefined;
  }
}
