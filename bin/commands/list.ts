import { listExercises } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('list')
    .summary('show every exercise and how far you are')
    .description(
      'Shows every exercise with its status, your attempts and your best figures: at the gate, and the highest requests per second of a bench.',
    )
    .option(...jsonOption)
    .addHelpText('after', examples(['list', ''], ['list --json', 'for other programs']))
    .action(
      handle(async (options: { json?: boolean }) => {
        await cli.print({ view: 'list', data: await listExercises(cli.place) }, options);
        return 'done';
      }),
    );
};
