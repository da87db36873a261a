import { showSolution } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('solution')
    .summary('show the published solution after a pass')
    .description(
      'Shows the published solution once you have passed; in a clone of the repository, the file. Exit code 1 before that.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option(...jsonOption)
    .addHelpText('after', examples(['solution 0.1', 'to compare it with yours']))
    .action(
      handle(async (name: string | undefined, options: { json?: boolean }) => {
        const data = await showSolution(cli.place, name);
        await cli.print({ view: 'solution', data, cwd: cli.io.cwd }, options);
        return data.shown ? 'done' : 'failed';
      }),
    );
};
