/** `craft diff`: the student's files against an attempt that passed, or against the stub. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRegular } from '../core/files.ts';
import type { Exercise, Workspace } from '../core/types.ts';
import { exerciseFolder, stubs } from './installed.ts';

export interface DiffBase {
  /** What the old side is called: `attempt 4`. */
  readonly name: string;
  /** A folder laid out as the workspace: an attempt's `files/`. */
  readonly folder: string;
}

export interface FileDiff {
  /** Relative to the workspace. */
  readonly path: string;
  readonly status: 'same' | 'changed' | 'deleted' | 'binary';
  /** Unified; `''` when nothing differs. */
  readonly patch: string;
}

/** A comparison that would take longer shows the whole file as replaced. */
const diffMs = 2_000;

/** One entry per stub file, in the manifest's order. Without `base`, the old side is the stub. */
export async function diffExercise(
  workspace: Workspace,
  exercise: Exercise,
  base?: DiffBase,
): Promise<readonly FileDiff[]> {
  const { createTwoFilesPatch } = await import('diff');
  const originals = new Map(stubs(exercise).map((file) => [file.path, Buffer.from(file.content)] as const));
  return exercise.files.map((name) => {
    const path = `${exerciseFolder(exercise)}/${name}`;
    const before = (base && readBase(base.folder, path)) ?? originals.get(path) ?? Buffer.alloc(0);
    const current = readRegular(workspace.root, path);
    const after = Buffer.from(current ?? []);
    if (current !== undefined && before.equals(after)) return { path, status: 'same', patch: '' };
    if (before.includes(0) || after.includes(0)) {
      return { path, status: 'binary', patch: `Binary files differ: ${path}\n` };
    }
    const [oldText, newText] = [textOf(before), textOf(after)];
    if (current !== undefined && oldText === newText) {
      return { path, status: 'changed', patch: `Only the line endings differ: ${path}\n` };
    }
    const oldName = `${path} (${base?.name ?? 'stub'})`;
    const newName = current === undefined ? '/dev/null' : path;
    const patch =
      createTwoFilesPatch(oldName, newName, oldText, newText, '', '', { context: 3, timeout: diffMs }) ??
      replacedWhole(oldName, newName, oldText, newText);
    return { path, status: current === undefined ? 'deleted' : 'changed', patch: withoutRule(patch) };
  });
}

function readBase(folder: string, path: string): Buffer | undefined {
  const file = join(folder, path);
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** An editor that writes other line endings has not changed every line. */
function textOf(content: Buffer): string {
  return content.toString('utf8').replaceAll('\r\n', '\n');
}

function replacedWhole(oldName: string, newName: string, oldText: string, newText: string): string {
  const [minus, plus] = [oldText.split('\n'), newText.split('\n')];
  const lines = [...minus.map((line) => `-${line}`), ...plus.map((line) => `+${line}`)];
  return `--- ${oldName}\n+++ ${newName}\n@@ -1,${minus.length} +1,${plus.length} @@\n${lines.join('\n')}\n`;
}

/** The library begins each patch with a rule that neither git nor patch need. */
function withoutRule(patch: string): string {
  return patch.replace(/^=+\n/, '');
}
