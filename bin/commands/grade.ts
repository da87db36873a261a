import { gradeClass } from '../../grader/index.ts';
import { type Cli, examples, type Outcome, type Register } from '../cli.ts';
import {
  addPrinting,
  type Printing,
  printClass,
  registerGradescope,
  registerMerge,
  shard,
} from '../gradeoptions.ts';
import { whole } from '../values.ts';

interface Options extends Printing {
  readonly exercises?: string;
  readonly jobs?: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly out?: string;
  readonly checks?: string;
  readonly course?: string;
  readonly seed?: string;
  readonly gates: boolean;
  readonly allowUnsealed?: boolean;
}

const jobs = whole('--jobs', { least: 1, most: 64 });

export const register: Register = (program, cli, handle) => {
  const command = program
    .command('grade')
    .summary('for instructors: grade a class')
    .description(
      'Grades submissions: a folder of folders, zips, tars and repositories, or a roster (.csv) with their URLs. ' +
        'Each runs in a jail, with seeds of its own. What is graded is kept in --out: a run that was stopped goes on. ' +
        'Exit code 0 when everything was graded, whatever the grades; 2 when something was not.',
    )
    .enablePositionalOptions()
    .argument('<submissions>', 'a folder, or a roster: id,name,email,url')
    .option('--exercises <list>', 'like 0.1-0.7,1.1 (default: the course file, else all)')
    .option('--jobs <n>', 'submissions judged at once (default: twice the cores)', jobs)
    .option('--shard <i/n>', 'the i-th of n parts of the class, from 1', shard)
    .option('--out <folder>', 'where results go (default: results)')
    .option('--checks <folder>', 'your own checks: <folder>/<exercise>/behaviour.test.ts')
    .option('--course <file>', 'course.json: name, key, exercises, points, limits')
    .option('--seed <text>', 'what all seeds come from; the same for all shards')
    .option('--no-gates', 'leave out the gates and their points')
    .option('--allow-unsealed', 'grade on a machine that has no jail, at your own risk');
  addPrinting(command)
    .addHelpText(
      'after',
      examples(
        ['grade submissions', 'every exercise'],
        ['grade roster.csv --exercises 0.1-0.7', 'from repositories'],
        ['grade roster.csv --shard 1/2 --seed x --out a', 'half a class'],
        ['grade merge a b --out results', 'the halves'],
        ['grade gradescope --exercises 0.1', 'a zip for Gradescope'],
      ),
    )
    .action(handle((input: string, options: Options) => grade(cli, input, options)));
  registerMerge(command, cli, handle);
  registerGradescope(command, cli, handle);
};

async function grade(cli: Cli, input: string, options: Options): Promise<Outcome> {
  const { json, format, allowUnsealed = false, exercises, ...rest } = options;
  const live = cli.live({ json: json === true || format !== 'table' });
  const log = progressLog(cli);
  const onProgress = (text: string): void => {
    live.status(`… ${text}`);
    log(text);
  };
  const hooks = { signal: cli.io.signal, onProgress };
  const asked = exercises === undefined ? {} : { exercises: [exercises] };
  try {
    const graded = await gradeClass(cli.place, { input, ...rest, ...asked, allowUnsealed }, hooks);
    live.close();
    return await printClass(cli, graded, options);
  } finally {
    live.close();
  }
}

/** Hours without a word would look like a hang in a log: where nobody watches, a line a minute. */
function progressLog({ io }: Cli): (text: string) => void {
  const isWatched = 'isTTY' in io.stdout && io.stdout.isTTY === true;
  let last = Date.now();
  return (text) => {
    if (isWatched || Date.now() - last < 60_000) return;
    last = Date.now();
    io.stderr.write(`${text}\n`);
  };
}
