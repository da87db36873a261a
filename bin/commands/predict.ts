import { type PredictJson, predictExercise } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

interface Options {
  readonly answer?: string;
  readonly rate?: string;
  readonly p99?: string;
  readonly json?: boolean;
}

export const register: Register = (program, cli, handle) => {
  program
    .command('predict')
    .summary("answer the lesson's question before you measure")
    .description(
      "Asks the lesson's question and keeps your answer; the bench shows it beside what was measured. What you say before the first bench counts, later answers are kept as revisions.",
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option('--answer <text>', 'your answer in words')
    .option('--rate <number>', 'how many requests per second you expect')
    .option('--p99 <ms>', 'which p99 you expect')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        ['predict', 'asks on the terminal'],
        ['predict 0.6 --rate 5000 --p99 20', 'in figures'],
        ['predict 0.6 --answer "the store first"', 'in words'],
      ),
    )
    .action(
      handle(async (name: string | undefined, { json = false, ...given }: Options) => {
        const questions = cli.questions();
        let asked = false;
        const show = async (data: PredictJson): Promise<void> => {
          asked = true;
          await cli.print({ view: 'predict', data, asked: 'now' });
        };
        try {
          const dialog = cli.io.isTTY && !json ? { ask: questions.ask, show } : {};
          const data = await predictExercise(cli.place, name, { given, ...dialog });
          await cli.print({ view: 'predict', data, ...(asked ? { asked: 'before' } : {}) }, { json });
          return 'done';
        } finally {
          questions.close();
        }
      }),
    );
};
