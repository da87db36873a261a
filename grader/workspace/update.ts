/**
 * `craft update`: the files of this craft into a workspace that an older one made. Never over a file that the
 * student changed; every file that is replaced is kept. Run it under the workspace's lock.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { type FileContent, type FileOps, readRegular, realOps, writing } from '../core/files.ts';
import { craftVersion } from '../core/paths.ts';
import type { Curriculum, Workspace } from '../core/types.ts';
import { filesToInstall, readInstalled, sha256, writeInstalled } from './installed.ts';
import { replaceFile, type Snapshot, sweepLeftovers, takeSnapshot } from './snapshot.ts';

export interface UpdateResult {
  /** Version that the workspace had, `''` when unknown, and has now. */
  readonly from: string;
  readonly to: string;
  /** Paths relative to the workspace, like all below: unchanged by the student, now new. */
  readonly updated: readonly string[];
  readonly added: readonly string[];
  /** Changed by the student and in the new version too: left alone; `offer` is the new text. */
  readonly kept: readonly { readonly path: string; readonly offer: string }[];
  /** Deleted by the student: left so. */
  readonly absent: readonly string[];
  /** No longer part of the course: unchanged ones were removed, changed ones stay. */
  readonly removed: readonly string[];
  readonly obsolete: readonly string[];
  /** Links and folders in a file's place: not followed, left alone. */
  readonly blocked: readonly string[];
  /** The replaced and removed files as they were. */
  readonly snapshot?: Snapshot;
}

interface Plan {
  readonly replace: { readonly old: FileContent; readonly fresh: FileContent }[];
  readonly add: FileContent[];
  readonly keep: FileContent[];
  readonly remove: FileContent[];
  readonly absent: string[];
  readonly obsolete: string[];
  readonly blocked: string[];
  /** The manifest afterwards. */
  readonly hashes: Record<string, string>;
}

/** Brings the workspace to this craft's version. Running it again changes nothing more. */
export function updateWorkspace(
  workspace: Workspace,
  curriculum: Curriculum,
  ops: FileOps = realOps,
): UpdateResult {
  writing(workspace.state, () => sweepLeftovers(workspace, ops));
  const installed = readInstalled(workspace);
  const files = filesToInstall(workspace.root, curriculum);
  const plan = makePlan(workspace, files, installed.files);
  const lost = [...plan.replace.map(({ old }) => old), ...plan.remove];
  const snapshot = lost.length === 0 ? undefined : takeSnapshot(workspace, 'update', lost, ops);
  for (const { fresh } of plan.replace) replaceFile(workspace, fresh, ops);
  for (const file of plan.add) replaceFile(workspace, file, ops);
  for (const { path } of plan.remove) {
    writing(path, () => rmSync(join(workspace.root, path), { force: true }));
  }
  const kept = plan.keep.map((file) => ({ path: file.path, offer: offer(workspace, file, ops) }));
  if (!sameHashes(plan.hashes, installed.files) || installed.craft !== craftVersion) {
    writeInstalled(workspace, plan.hashes, ops);
  }
  return {
    from: installed.craft,
    to: craftVersion,
    updated: plan.replace.map(({ fresh }) => fresh.path),
    added: plan.add.map((file) => file.path),
    kept,
    absent: plan.absent,
    removed: plan.remove.map((file) => file.path),
    obsolete: plan.obsolete,
    blocked: plan.blocked,
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

function makePlan(
  workspace: Workspace,
  files: readonly FileContent[],
  installed: Readonly<Record<string, string>>,
): Plan {
  const hashes = { ...installed };
  const plan: Plan = {
    replace: [],
    add: [],
    keep: [],
    remove: [],
    absent: [],
    obsolete: [],
    blocked: [],
    hashes,
  };
  for (const fresh of files) {
    const current = readUnlessBlocked(workspace, fresh.path, plan);
    if (current !== 'blocked') planFile(plan, fresh, current, installed[fresh.path]);
  }
  const wanted = new Set(files.map((file) => file.path));
  for (const [path, before] of Object.entries(installed)) {
    if (wanted.has(path)) continue;
    const current = readUnlessBlocked(workspace, path, plan);
    if (current === 'blocked') continue;
    delete hashes[path];
    if (current === undefined) continue;
    if (sha256(current) === before) plan.remove.push({ path, content: current });
    else plan.obsolete.push(path);
  }
  return plan;
}

/** The decision for one file: what craft put there, what is there, what craft would put there now. */
function planFile(
  plan: Plan,
  fresh: FileContent,
  current: Uint8Array | undefined,
  before: string | undefined,
): void {
  const wanted = sha256(fresh.content);
  const there = current === undefined ? undefined : sha256(current);
  if (current === undefined) {
    if (before !== undefined) plan.absent.push(fresh.path);
    else plan.add.push(fresh);
    if (before === undefined) plan.hashes[fresh.path] = wanted;
  } else if (there === wanted) {
    plan.hashes[fresh.path] = wanted;
  } else if (there === before) {
    plan.replace.push({ old: { path: fresh.path, content: current }, fresh });
    plan.hashes[fresh.path] = wanted;
  } else if (before !== wanted) {
    // The hash stays that of the version the student started from.
    plan.keep.push(fresh);
  }
}

function readUnlessBlocked(
  workspace: Workspace,
  path: string,
  plan: Plan,
): Uint8Array | undefined | 'blocked' {
  try {
    return readRegular(workspace.root, path);
  } catch (error) {
    if (!(error instanceof CraftError)) throw error;
    plan.blocked.push(path);
    return 'blocked';
  }
}

/** Puts the new version of a changed file where the student can compare it. */
function offer(workspace: Workspace, file: FileContent, ops: FileOps): string {
  const path = `.craft/update/${craftVersion}/${file.path}`;
  replaceFile(workspace, { ...file, path }, ops);
  return path;
}

function sameHashes(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
