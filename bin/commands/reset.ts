import { resetExercise } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('reset')
    .summary('put the stub back; your text is kept')
    .description('Puts the stub back, after asking. Your text is kept, and how to get it back is printed.')
    .argument('[exercise]', 'number, folder or part of the name')
    .option('-y, --yes', 'do not ask')
    .option(...jsonOption)
    .addHelpText('after', examples(['reset', 'asks first'], ['reset 0.1 --yes', 'does not ask']))
    .action(
      handle(async (name: string | undefined, options: { yes?: boolean; json?: boolean }) => {
        const ask = options.yes === true ? undefined : cli.confirm;
        const result = await resetExercise(cli.place, name, { ...(ask && { ask }), isTTY: cli.io.isTTY });
        if (result === null) {
          cli.io.stdout.write('Nothing was changed.\n');
          return 'done';
        }
        await cli.print({ view: 'reset', ...result, cwd: cli.io.cwd }, options);
        return 'done';
      }),
    );
};
