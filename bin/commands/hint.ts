import { nextHint } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('hint')
    .summary('show a hint, one level more each time')
    .description(
      'Shows a hint: first one for the check that failed last, then three general ones, one more each time.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option(...jsonOption)
    .addHelpText('after', examples(['hint', 'for the current exercise'], ['hint 0.2', 'for another one']))
    .action(
      handle(async (name: string | undefined, options: { json?: boolean }) => {
        await cli.print({ view: 'hint', data: await nextHint(cli.place, name) }, options);
        return 'done';
      }),
    );
};
