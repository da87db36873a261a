import { showSolution } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

interface Options {
  readonly from?: string;
  readonly giveUp?: boolean;
  readonly yes?: boolean;
  readonly whole?: boolean;
  readonly json?: boolean;
}

export const register: Register = (program, cli, handle) => {
  program
    .command('solution')
    .summary('compare yours with the published solution')
    .description(
      'Fetches the published solution and shows what it does otherwise than yours, once you have passed or given up. Changes none of your files. Exit code 1 when there is nothing to show.',
    )
    .argument('[exercise]', 'number, folder or part of the name')
    .option('--from <remote>', 'where the course is published: a URL, a folder or a git remote')
    .option('--give-up', 'show it before you have passed; asks first, and is recorded')
    .option('-y, --yes', 'do not ask')
    .option('--whole', 'the solution itself, not what differs')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['solution 0.1', 'to compare it with yours'], ['solution --give-up', 'without a pass']),
    )
    .action(
      handle(async (name: string | undefined, { yes, whole = false, json = false, ...options }: Options) => {
        const data = await showSolution(cli.place, name, {
          ...options,
          ...(yes === true ? {} : { ask: cli.confirm }),
          isTTY: cli.io.isTTY,
          signal: cli.io.signal,
        });
        await cli.print({ view: 'solution', data, whole }, { json });
        return data.shown ? 'done' : 'failed';
      }),
    );
};
