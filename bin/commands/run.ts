import { runExperiment } from '../../grader/index.ts';
import { examples, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('run')
    .summary("start the exercise's experiment or program")
    .description(
      'Compiles the exercise and starts the program that its lesson experiments with, on your terminal.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .argument('[args...]', 'handed on as they are')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(['run', 'of the current exercise'], ['run 0.6 --port 8080', 'with arguments']),
    )
    .action(
      handle(async (name: string | undefined, args: string[]) => {
        const code = await runExperiment(cli.place, name, args);
        return code === 0 ? 'done' : 'failed';
      }),
    );
};
