import { writeJournal } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('journal')
    .summary('write what each phase gained into PERFORMANCE.md')
    .description(
      'Writes PERFORMANCE.md in your workspace: Problem, Solution, Result and Learning of each phase. The results come from your benches, before and after; everything else in it is yours and stays as it is.',
    )
    .argument('[exercise]', 'number, folder or part of the name; every phase that was benched without one')
    .option(...jsonOption)
    .addHelpText('after', examples(['journal', 'of every phase'], ['journal 0.6', 'of one']))
    .action(
      handle(async (name: string | undefined, options: { json?: boolean }) => {
        const data = await writeJournal(cli.place, name);
        await cli.print({ view: 'journal', data, cwd: cli.io.cwd }, options);
        return 'done';
      }),
    );
};
