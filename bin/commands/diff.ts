import { diffExercise } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('diff')
    .summary('compare your files with your last pass, or the stub')
    .description(
      'Compares your files with those of your last attempt that passed; before a pass, with the stub.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option('--stub', 'compare with the stub in any case')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['diff', 'the current exercise'], ['diff 0.1 --stub', 'all you have written']),
    )
    .action(
      handle(async (name: string | undefined, options: { stub?: boolean; json?: boolean }) => {
        const data = await diffExercise(cli.place, name, { stub: options.stub === true });
        await cli.print({ view: 'diff', data }, options);
        return 'done';
      }),
    );
};
