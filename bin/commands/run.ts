import { render, runExperiment } from '../../grader/index.ts';
import { examples, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('run')
    .summary("start the exercise's experiment or program")
    .description(
      'Compiles the exercise and starts the program that its lesson experiments with, on your terminal. The exit code is that of the program; 1 when it does not compile or is not written yet.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .argument('[args...]', 'handed on as they are')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['run', 'of the current exercise'],
        ['run 0.6 exercises/0-poc/06-monitor/config.json', 'with an argument'],
      ),
    )
    .action(
      handle(async (name: string | undefined, args: string[]) => {
        const result = await runExperiment(cli.place, name, args);
        if ('exitCode' in result) return result.exitCode;
        // Stdout belongs to the program, even when it does not start.
        const text = await render(
          'terminal',
          { view: 'compile errors', data: result.errors },
          cli.errorStyle,
        );
        cli.io.stderr.write(`${text}\n`);
        return 'failed';
      }),
    );
};
