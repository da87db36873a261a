/**
 * The program: which commands there are, their dispatch, and the exit code. 0 passed, 1 the work failed, 2 could
 * not judge (docs/errors.md); no other file decides one. Only `craft run` ends as the program did that it started.
 */
import { type Argument, Command, CommanderError } from 'commander';
import { CraftError, craftVersion, exitCodeOf, render } from '../grader/index.ts';
import { type Cli, createCli, examples, type Handle, type Outcome, type Register } from './cli.ts';
import type { Io } from './io.ts';

export type { Io } from './io.ts';

const exitCodes: Record<Exclude<Outcome, number>, number> = {
  done: 0,
  passed: 0,
  failed: 1,
  inconclusive: 2,
  error: 2,
};

/** In the order of `craft --help`: as a student meets them. */
const commands: Readonly<Record<string, () => Promise<{ readonly register: Register }>>> = {
  init: () => import('./commands/init.ts'),
  next: () => import('./commands/next.ts'),
  verify: () => import('./commands/verify.ts'),
  watch: () => import('./commands/watch.ts'),
  list: () => import('./commands/list.ts'),
  hint: () => import('./commands/hint.ts'),
  run: () => import('./commands/run.ts'),
  bench: () => import('./commands/bench.ts'),
  predict: () => import('./commands/predict.ts'),
  journal: () => import('./commands/journal.ts'),
  report: () => import('./commands/report.ts'),
  diff: () => import('./commands/diff.ts'),
  reset: () => import('./commands/reset.ts'),
  replay: () => import('./commands/replay.ts'),
  solution: () => import('./commands/solution.ts'),
  update: () => import('./commands/update.ts'),
  doctor: () => import('./commands/doctor.ts'),
  completion: () => import('./commands/completion.ts'),
  check: () => import('./commands/check.ts'),
  publish: () => import('./commands/publish.ts'),
  grade: () => import('./commands/grade.ts'),
  resume: () => import('./commands/resume.ts'),
};

/** Runs craft with these arguments; resolves to the exit code and never ends the process itself. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const words = argv.length === 0 ? ['resume'] : [...argv];
  const cli = createCli(io);
  let outcome: Outcome = 'done';
  const handle: Handle =
    (work) =>
    async (...args) => {
      outcome = await work(...args);
    };
  try {
    const program = await build(words, cli, handle);
    await program.parseAsync(words, { from: 'user' });
    return typeof outcome === 'number' ? outcome : exitCodes[outcome];
  } catch (error) {
    return await failed(error, words, cli);
  }
}

/** Only the command that is meant is loaded; help, completion and mistakes need all of them. */
async function build(words: readonly string[], cli: Cli, handle: Handle): Promise<Command> {
  const program = new Command('craft');
  program
    .description('Learn systems engineering by building one real platform, exercise by exercise.')
    .version(craftVersion, '-V, --version')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void cli.io.stdout.write(text),
      outputError: () => {},
      writeErr: (text) => void cli.io.stdout.write(text),
      getOutHelpWidth: () => cli.io.columns,
      getOutHasColors: () => false,
    })
    .configureHelp({
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argument)].join(' '),
    })
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', programHelp);
  const wanted = Object.hasOwn(commands, words[0] ?? '') ? commands[words[0] ?? ''] : undefined;
  const loading = wanted === undefined ? Object.values(commands).map((load) => load()) : [wanted()];
  for (const { register } of await Promise.all(loading)) register(program, cli, handle);
  return program;
}

/** As usage lines write it: `<needed>`, `[optional]`, `[many...]`. */
function argument(of: Argument): string {
  const name = `${of.name()}${of.variadic ? '...' : ''}`;
  return of.required ? `<${name}>` : `[${name}]`;
}

const programHelp = `
Without a command, craft takes up where you are: in watch mode on a terminal.
An exercise answers to its number (0.1), its folder (0-poc/01-queue) or a part
of its name (queue); without one, commands mean the current exercise.
${examples(['init metricstream', 'makes your workspace'], ['next', 'shows the lesson'], ['verify', 'judges your work'])}
Exit codes: 0 passed, 1 the work failed, 2 could not judge.`;

/** Every way to fail, as one report and one exit code. */
async function failed(error: unknown, words: readonly string[], cli: Cli): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const known = asCraftError(error, words, cli);
  const exitCode = exitCodeOf(known.code);
  const data = { schema: 1, error: { code: known.code, message: known.message, exitCode } } as const;
  const json = words.includes('--json');
  const text = await render(
    json ? 'json' : 'terminal',
    { view: 'error', data },
    json ? cli.style : cli.errorStyle,
  );
  // JSON goes where a program reads it; a sentence goes where a person sees it even when stdout is a file.
  (json ? cli.io.stdout : cli.io.stderr).write(`${text}\n`);
  if (known.code === 'INTERNAL' && error instanceof Error) cli.io.stderr.write(`\n${error.stack ?? ''}\n`);
  return exitCode;
}

function asCraftError(error: unknown, words: readonly string[], cli: Cli): CraftError {
  if (error instanceof CraftError) return error;
  if (error instanceof CommanderError)
    return new CraftError('BAD_USAGE', { message: usage(error.message, words) });
  if (error instanceof Error && error.name === 'AbortError') return new CraftError('INTERRUPTED');
  // Writes that lose something name their file; this is the net for all others.
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    const path = 'path' in error ? String(error.path) : cli.io.cwd;
    return new CraftError('DISK_FULL', { path }, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CraftError('INTERNAL', { message }, { cause: error });
}

/** Commander's sentence as one of ours: `Unknown command 'verfy'. Did you mean verify? All: craft --help`. */
function usage(message: string, words: readonly string[]): string {
  const sentence = message.replace(/^error: /, '').replace(/\n\((Did you mean [^?]*\?)\)$/, '. $1');
  const closed = /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
  return `${closed.charAt(0).toUpperCase()}${closed.slice(1)} See: npx craft ${Object.hasOwn(commands, words[0] ?? '') ? `${words[0]} ` : ''}--help`;
}
