import { watchExercise } from '../../grader/index.ts';
import { examples, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('watch')
    .summary('judge at every save')
    .description(
      'Judges at every save, the gate only after behaviour is right. The keys that work are shown; no Enter is needed.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .addHelpText('after', examples(['watch', 'the current exercise'], ['watch 0.2', 'another one']))
    .action(
      handle(async (name: string | undefined) => {
        await watchExercise(cli.place, name, cli.io, cli.style);
        return 'done';
      }),
    );
};
