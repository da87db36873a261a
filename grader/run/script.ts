/** `craft run`: compiles an exercise and starts its program on the student's own terminal. Nothing is judged. */
import { join } from 'node:path';
import { execa } from 'execa';
import { compile } from '../compile/index.ts';
import { CraftError } from '../core/errors.ts';
import type { Curriculum, Exercise, Workspace } from '../core/types.ts';

export interface ScriptOptions {
  readonly curriculum: Curriculum;
  readonly workspace: Workspace;
  readonly exercise: Exercise;
  readonly args: readonly string[];
}

/** The program's exit code. Throws NO_SCRIPT when there is none, or the compile error. */
export async function startScript({ curriculum, workspace, exercise, args }: ScriptOptions): Promise<number> {
  if (exercise.run === undefined) throw new CraftError('NO_SCRIPT', { exercise: exercise.id, detail: '' });
  const compiled = await compile({
    curriculum,
    exercise,
    sourceRoot: workspace.root,
    // A folder of its own: a program that runs for hours must not lose its files to the next verify.
    buildRoot: join(workspace.state, 'run'),
    include: [exercise.run],
  });
  if (compiled.outcome === 'failed') throw compiled.error;
  const file = join(compiled.build.output, 'exercises', exercise.id, exercise.run.replace(/\.ts$/, '.js'));
  // Ctrl-C reaches both processes: the program decides when it is done, and craft waits for it.
  const wait = (): void => {};
  process.on('SIGINT', wait);
  try {
    const result = await execa(process.execPath, ['--enable-source-maps', file, ...args], {
      stdio: 'inherit',
      reject: false,
    });
    return result.exitCode ?? 1;
  } finally {
    process.off('SIGINT', wait);
  }
}
