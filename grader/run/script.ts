/** `craft run`: compiles an exercise and starts its program on the student's own terminal. Nothing is judged. */
import { constants } from 'node:os';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Curriculum, Diagnostic, Exercise, Workspace } from '../core/types.ts';
import { locate } from '../subject/index.ts';
import { compileProgram } from './program.ts';

export interface ScriptOptions {
  readonly curriculum: Curriculum;
  readonly workspace: Workspace;
  readonly exercise: Exercise;
  readonly args: readonly string[];
}

/** The program's exit code (128 and the signal's number when a signal ended it), or why it did not start. */
export type ScriptResult =
  | { readonly outcome: 'ended'; readonly exitCode: number }
  | { readonly outcome: 'failed'; readonly error: CraftError; readonly diagnostics: readonly Diagnostic[] };

/** Throws NO_SCRIPT when there is no program, NOT_WRITTEN when it ran into a TODO(human). */
export async function startScript({
  curriculum,
  workspace,
  exercise,
  args,
}: ScriptOptions): Promise<ScriptResult> {
  if (exercise.run === undefined) throw new CraftError('NO_SCRIPT', { exercise: exercise.id, detail: '' });
  // An experiment is there to be changed.
  const compiled = await compileProgram({
    curriculum,
    workspace,
    exercise,
    file: exercise.run,
    ownGiven: true,
  });
  if (compiled.outcome === 'failed') return compiled;
  const { program } = compiled;
  try {
    return await start(program.entry, args, workspace);
  } finally {
    program.remove();
  }
}

async function start(file: string, args: readonly string[], workspace: Workspace): Promise<ScriptResult> {
  const preload = join(builtGraderRoot, 'run', 'preload.js');
  const { execa } = await import('execa');
  const program = execa(process.execPath, ['--enable-source-maps', `--import=${preload}`, file, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    reject: false,
  });
  const giveBack = takeSignals((name) => void program.kill(name));
  try {
    const result = await program;
    const told = result.stdio[3];
    if (typeof told === 'string' && told !== '') throw notWritten(told, workspace);
    const signal = result.signal === undefined ? undefined : constants.signals[result.signal];
    return { outcome: 'ended', exitCode: result.exitCode ?? (signal === undefined ? 1 : 128 + signal) };
  } finally {
    giveBack();
  }
}

/**
 * The program decides when it is done, and craft waits for it. Ctrl-C reaches both processes, so it is not handed on;
 * what was sent to craft alone is. Returns what puts the listeners back that were there.
 */
function takeSignals(handOn: (name: NodeJS.Signals) => void): () => void {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = names.map((name) => [name, process.rawListeners(name)] as const);
  for (const name of names) {
    process.removeAllListeners(name);
    process.on(name, () => {
      if (name !== 'SIGINT') handOn(name);
    });
  }
  return () => {
    for (const [name, listeners] of before) {
      process.removeAllListeners(name);
      for (const listener of listeners) process.on(name, listener as NodeJS.SignalsListener);
    }
  };
}

/** What preload.ts told, with the place in the student's files as every report names it. */
function notWritten(told: string, { root }: Workspace): CraftError {
  const { message, stack } = JSON.parse(told) as { message: string; stack: string };
  const todo = message.replace(/^TODO\(human\):?\s*/, '');
  const where = locate(stack, root);
  return new CraftError('NOT_WRITTEN', { todo: where === undefined ? todo : `${todo} (${where})` });
}
