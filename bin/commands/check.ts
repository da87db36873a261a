import { Option } from 'commander';
import { CraftError, checkCurriculum, newExercise, repeatChecks } from '../../grader/index.ts';
import { type Cli, examples, jsonOption, type Outcome, type Register } from '../cli.ts';
import { matching, whole } from '../values.ts';

interface Options {
  readonly only?: 'reading' | 'running';
  readonly gates?: boolean;
  readonly mutants: boolean;
  readonly jobs?: number;
  readonly new?: string;
  readonly seeds?: number;
  readonly load: number;
  readonly seed?: string;
  readonly json?: boolean;
}

export const register: Register = (program, cli, handle) => {
  const seed = matching('--seed', /^[\da-f]{1,8}$/i, 'up to eight hexadecimal digits');
  program
    .command('check')
    .summary('for authors: prove that the exercises are sound')
    .description(
      'Proves that stubs compile and fail, solutions pass, mutants die, lessons quote the code and the package gives nothing away. Needs a clone.',
    )
    .argument('[exercises...]', 'numbers, folders or parts of names; all of them otherwise')
    .addOption(new Option('--only <part>', 'a part of it').choices(['reading', 'running']))
    .option('--gates', 'hold the solutions to their gates too')
    .option('--no-mutants', 'leave out the mutants, which take most of the time')
    .option('--jobs <n>', 'pipelines at a time (default: 2)', whole('--jobs', { least: 1, most: 64 }))
    .option('--new <craft/slug>', 'make the files of a new exercise instead')
    .option(
      '--seeds <n>',
      "repeat one exercise's hidden checks instead, looking for flips",
      whole('--seeds', { least: 1, most: 10_000 }),
    )
    .option('--load <n>', 'busy loops beside them', whole('--load', { least: 0, most: 256 }), 0)
    .option('--seed <hex>', 'with --seeds: this seed each time', seed)
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        ['check', 'the whole curriculum'],
        ['check 0.1 0.2 --gates', 'two exercises, all of them'],
        ['check 1.3 --seeds 200 --load 2', 'does a check ever fail a good solution?'],
        ['check --new 1-ingestion/batches', 'the files of a new exercise'],
      ),
    )
    .action(
      handle((names: readonly string[], options: Options) => {
        if (options.new !== undefined) return make(cli, options.new, options);
        return options.seeds === undefined ? prove(cli, names, options) : repeat(cli, names, options);
      }),
    );
};

async function prove(cli: Cli, names: readonly string[], options: Options): Promise<Outcome> {
  const { only, gates = false, mutants, jobs, json = false } = options;
  const live = cli.live({ json });
  try {
    const data = await checkCurriculum(names, {
      ...(only === undefined ? {} : { only }),
      ...(jobs === undefined ? {} : { jobs }),
      gates,
      mutants,
      signal: cli.io.signal,
      onProgress: (text) => live.status(`… ${text}`),
    });
    live.close();
    await cli.print({ view: 'check', data }, { json });
    return data.sound ? 'passed' : 'failed';
  } finally {
    live.close();
  }
}

async function repeat(cli: Cli, names: readonly string[], options: Options): Promise<Outcome> {
  const { seeds = 1, load, seed, json = false } = options;
  const [exercise] = names;
  if (exercise === undefined || names.length > 1)
    throw new CraftError('BAD_USAGE', {
      message: '--seeds repeats one exercise: name it, like craft check 1.3 --seeds 200.',
    });
  const live = cli.live({ json });
  try {
    const data = await repeatChecks({
      exercise,
      seeds,
      load,
      ...(seed === undefined ? {} : { seed }),
      signal: cli.io.signal,
      onRun: (done, total, flips) => live.status(`… ${done} of ${total} runs, ${flips} flips`),
    });
    live.close();
    await cli.print({ view: 'check', data }, { json });
    return data.flips.length === 0 ? 'passed' : 'failed';
  } finally {
    live.close();
  }
}

async function make(cli: Cli, name: string, { json = false }: Options): Promise<Outcome> {
  await cli.print({ view: 'check', data: await newExercise(name) }, { json });
  return 'done';
}
