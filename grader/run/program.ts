/** Compiles an exercise to be started, for `craft run` and `craft bench`: not to be judged. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile, replacedNotice } from '../compile/index.ts';
import type { CraftError } from '../core/errors.ts';
import { writing } from '../core/files.ts';
import type { Curriculum, Diagnostic, Exercise, Workspace } from '../core/types.ts';

export interface ProgramRequest {
  readonly curriculum: Curriculum;
  /** Where the compiled files go; and the sources, unless `sourceRoot` says otherwise. */
  readonly workspace: Workspace;
  readonly exercise: Exercise;
  /** The exercise's file to start: `serve.ts`. */
  readonly file: string;
  readonly sourceRoot?: string;
  /** Given files as the student has them; otherwise those of this craft. */
  readonly ownGiven?: boolean;
  readonly signal?: AbortSignal;
  /** Gets a sentence about files of the student's that are left out. */
  onNotice?(text: string): void;
}

/** JavaScript in a folder of ours, until `remove` is called. */
export interface Program {
  /** Absolute: the whole program. */
  readonly folder: string;
  /** Absolute: what to start. */
  readonly entry: string;
  remove(): void;
}

/** Either a program, or why there is none. The error is about the student's work; anything else is thrown. */
export type ProgramResult =
  | { readonly outcome: 'compiled'; readonly program: Program }
  | { readonly outcome: 'failed'; readonly error: CraftError; readonly diagnostics: readonly Diagnostic[] };

export async function compileProgram(request: ProgramRequest): Promise<ProgramResult> {
  const { curriculum, workspace, exercise, file, sourceRoot = workspace.root, ownGiven, signal } = request;
  const buildRoot = ownFolder(workspace);
  const remove = (): void => rmSync(buildRoot, { recursive: true, force: true });
  try {
    const compiled = await compile({
      curriculum,
      exercise,
      sourceRoot,
      buildRoot,
      include: [file],
      mapToSources: true,
      onReplaced: (files) => request.onNotice?.(replacedNotice(files)),
      ...(ownGiven !== undefined && { ownGiven }),
      ...(signal !== undefined && { signal }),
    });
    if (compiled.outcome === 'failed') {
      remove();
      return compiled;
    }
    const folder = compiled.build.output;
    const entry = join(folder, 'exercises', exercise.id, file.replace(/\.ts$/, '.js'));
    return { outcome: 'compiled', program: { folder, entry, remove } };
  } catch (error) {
    remove();
    throw error;
  }
}

let programs = 0;

/**
 * A folder for this program alone: one that runs for hours must not lose its files to the next verify, nor to the same
 * exercise in another terminal. Folders of processes that are gone are removed.
 */
function ownFolder({ state }: Workspace): string {
  const all = join(state, 'run');
  programs += 1;
  return writing(all, () => {
    mkdirSync(all, { recursive: true });
    for (const name of readdirSync(all)) {
      if (!isRunning(Number.parseInt(name, 10))) rmSync(join(all, name), { recursive: true, force: true });
    }
    return join(all, `${process.pid}-${programs}`);
  });
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
