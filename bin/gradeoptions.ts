/** The options of `craft grade`, and its commands beside grading: merge, gradescope. */
import { type Command, Option } from 'commander';
import {
  CraftError,
  type GradedClass,
  type GradeFormat,
  mergeGrades,
  type Visibility,
  writeAutograder,
} from '../grader/index.ts';
import { type Cli, type Handle, jsonOption, type Outcome } from './cli.ts';

export interface Printing {
  readonly json?: boolean;
  readonly format: GradeFormat;
  readonly visibility?: Visibility;
}

const formats = ['table', 'csv', 'canvas', 'gradescope', 'junit', 'github', 'summary', 'html'] as const;
const visibilities = ['visible', 'after_due_date', 'after_published', 'hidden'] as const;

function visibilityOption(): Option {
  const meaning = "when students read what checks say, in Gradescope's files";
  return new Option('--visibility <when>', meaning).choices(visibilities);
}

export function addPrinting(command: Command): Command {
  return command
    .addOption(new Option('--format <name>', 'what to print').choices(formats).default('table'))
    .addOption(visibilityOption())
    .option(...jsonOption);
}

/** `2/4` */
export function shard(text: string): { index: number; count: number } {
  const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  const message = `--shard must be like 2/4, from 1/n to n/n; ${JSON.stringify(text)} is not.`;
  throw new CraftError('BAD_USAGE', { message });
}

/** 0 when everything has a verdict, whatever it is; 2 when something has none. */
export async function printClass(
  cli: Cli,
  { report, out, ungraded }: GradedClass,
  { json, format }: Printing,
): Promise<Outcome> {
  const around = { out, cwd: cli.io.cwd, ungraded, format };
  await cli.print({ view: 'grade', data: report, around }, { json: json === true });
  return ungraded === 0 ? 'done' : 'inconclusive';
}

export function registerMerge(grade: Command, cli: Cli, handle: Handle): void {
  const command = grade
    .command('merge')
    .description('Puts the results of shards together. They must be whole, and of the same checks and seeds.')
    .argument('<folders...>', 'what --out named')
    .requiredOption('--out <folder>', 'where the results go');
  addPrinting(command).action(
    handle(async (folders: string[], { out, ...printing }: Printing & { out: string }) => {
      const { visibility } = printing;
      return printClass(cli, await mergeGrades(cli.place, folders, out, visibility), printing);
    }),
  );
}

interface AutograderFlags {
  readonly out: string;
  readonly exercises?: string;
  readonly course?: string;
  readonly seed?: string;
  readonly visibility?: Visibility;
  readonly gates: boolean;
  readonly allowUnsealed?: boolean;
}

export function registerGradescope(grade: Command, cli: Cli, handle: Handle): void {
  grade
    .command('gradescope')
    .description(
      'Writes the zip that Gradescope takes as an autograder: this craft, its checks, two scripts.',
    )
    .option('--out <file>', 'where it goes', 'autograder.zip')
    .option('--exercises <list>', 'like 0.1-0.7,1.1 (default: the course file, else all)')
    .option('--course <file>', 'course.json: name, key, exercises, points, limits')
    .option('--seed <text>', 'what all seeds come from (default: made up)')
    .addOption(visibilityOption())
    .option('--no-gates', 'leave out the gates: a shared machine measures badly')
    .option('--allow-unsealed', 'grade also where the jail does not hold')
    .action(
      handle(async ({ gates, ...flags }: AutograderFlags) => {
        const path = await writeAutograder(cli.place, { ...flags, noGates: !gates });
        cli.io.stdout.write(`${path}: upload it as the autograder of a programming assignment.\n`);
        return 'done';
      }),
    );
}
