import { Option } from 'commander';
import { checkCurriculum } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

interface Options {
  readonly only?: 'reading' | 'running';
  readonly gates?: boolean;
  readonly mutants: boolean;
  readonly json?: boolean;
}

export const register: Register = (program, cli, handle) => {
  program
    .command('check')
    .summary('for authors: prove that the exercises are sound')
    .description(
      'Proves that stubs compile and fail, solutions pass, mutants die, links and counts are true. Needs a clone.',
    )
    .argument('[exercises...]', 'numbers, folders or parts of names; all of them otherwise')
    .addOption(new Option('--only <part>', 'a part of it').choices(['reading', 'running']))
    .option('--gates', 'hold the solutions to their gates too')
    .option('--no-mutants', 'leave out the mutants, which take most of the time')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['check', 'the whole curriculum'], ['check 0.1 0.2 --gates', 'two exercises, all of them']),
    )
    .action(
      handle(async (names: readonly string[], { json, ...options }: Options) => {
        const live = cli.live({ json: json === true });
        const onProgress = (text: string): void => live.status(`… ${text}`);
        try {
          const data = await checkCurriculum(names, { ...options, signal: cli.io.signal, onProgress });
          live.close();
          await cli.print({ view: 'check', data }, { json: json === true });
          return data.sound ? 'passed' : 'failed';
        } finally {
          live.close();
        }
      }),
    );
};
