import { Option } from 'commander';
import { type Only, verifyAll, verifyExercise } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';
import { showProgress } from '../progress.ts';

interface Options {
  readonly all?: boolean;
  readonly only?: Only;
  readonly json?: boolean;
}

export const register: Register = (program, cli, handle) => {
  program
    .command('verify')
    .summary('judge your work; a pass unlocks the next exercise')
    .description(
      'Compiles your files, looks for what the exercise forbids, runs the hidden tests, and holds the gate. A pass of all of it unlocks the next exercise.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option('--all', 'every exercise that is not locked')
    .addOption(new Option('--only <stage>', 'a part of it, which is no pass').choices(['behaviour', 'gate']))
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['verify', 'the current exercise'], ['verify 0.1 --only behaviour', 'no gate']),
    )
    .action(
      handle(async (name: string | undefined, options: Options) => {
        const live = cli.live(options);
        const run = {
          signal: cli.io.signal,
          onProgress: showProgress(live),
          ...(options.only && { only: options.only }),
        };
        try {
          if (options.all === true) {
            const { data, around, outcome } = await verifyAll(cli.place, name, run);
            live.close();
            await cli.print({ view: 'attempts', data, around }, options);
            return outcome;
          }
          const data = await verifyExercise(cli.place, name, run);
          live.close();
          await cli.print({ view: 'attempt', data }, options);
          return data.attempt.verdict.outcome;
        } finally {
          live.close();
        }
      }),
    );
};
