import { showLesson } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('next')
    .summary('show the next lesson, or move to another exercise')
    .description(
      'Shows the lesson of the next open exercise and the files to open. With a name, moves to that exercise.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option(...jsonOption)
    .addHelpText('after', examples(['next', 'the next open exercise'], ['next 0.1', 'back to the first']))
    .action(
      handle(async (name: string | undefined, options: { json?: boolean }) => {
        const data = await showLesson(cli.place, name);
        await cli.print({ view: 'lesson', data, cwd: cli.io.cwd }, options);
        return 'done';
      }),
    );
};
