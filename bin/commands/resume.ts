import { showLesson, watchExercise } from '../../grader/index.ts';
import type { Register } from '../cli.ts';

/** `craft` without a command. */
export const register: Register = (program, cli, handle) => {
  program.command('resume', { hidden: true }).action(
    handle(async () => {
      if (cli.io.isTTY) {
        await watchExercise(cli.place, undefined, cli.io, cli.style);
        return 'done';
      }
      await cli.print({ view: 'lesson', data: await showLesson(cli.place, undefined), cwd: cli.io.cwd });
      return 'done';
    }),
  );
};
