/** The options of `craft bench`: what may be said, and how it is read. */
import { type Command, Option } from 'commander';
import type { BenchRequest } from '../grader/index.ts';
import { jsonOption } from './cli.ts';
import { duration, extent, header, matching, positive, whole, wholes } from './values.ts';

const hour = 3_600_000;
const clients = { least: 1, most: 10_000 };

/** What commander collects: named as the long options are. */
export interface BenchFlags extends Omit<BenchRequest, 'exercise' | 'durationMs' | 'timeoutMs' | 'headers'> {
  readonly duration?: number;
  readonly timeout?: number;
  readonly header?: Readonly<Record<string, string>>;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export function addBenchOptions(command: Command): Command {
  const option = <T>(flags: string, text: string, read: (text: string) => T): void => {
    command.option(flags, text, (value) => read(value));
  };
  option('-c, --clients <n>', 'connections (default: 100)', whole('--clients', clients));
  option('-n, --requests <n>', 'end after so many requests', whole('--requests', { least: 1, most: 1e8 }));
  option(
    '-d, --duration <time>',
    'end after that long (default: 10s)',
    duration('--duration', { least: 100, most: hour }),
  );
  option('-r, --rate <n>', 'requests due per second, whatever the server does', positive('--rate', 1e6));
  option('--sweep <list>', 'one load for each number of clients: 1,10,100', wholes('--sweep', clients, 20));
  option(
    '--pipeline <n>',
    'requests under way on each connection',
    whole('--pipeline', { least: 1, most: 1_000 }),
  );
  command.option('--no-keep-alive', 'a new connection for each request');
  option('--batch <n>', 'metrics in a request (default: 1)', whole('--batch', { least: 1, most: 10_000 }));
  option(
    '--bytes <n>',
    'pad each body to at least that size',
    whole('--bytes', { least: 1, most: 10_000_000 }),
  );
  const seed = matching('--seed', /^[\da-f]{1,8}$/i, 'up to eight hexadecimal digits');
  option('--seed <hex>', 'the same bodies and the same arrivals again', seed);
  option(
    '--warmup <n|time>',
    'before the clock starts (default: 10,000 requests, at most 3 s)',
    extent('--warmup', { requests: 1e8, ms: hour }),
  );
  option(
    '--timeout <time>',
    'give a request up after (default: 5s)',
    duration('--timeout', { least: 1, most: 600_000 }),
  );
  option('--workers <n>', 'processes that send (default: 1)', whole('--workers', { least: 1, most: 64 }));
  command.option(
    '--vs <what>',
    'load another in turn: yardstick, previous, solution, or a name given to --save',
  );
  command.option('--save <name>', 'keep the compiled program, for --vs');
  command.option('--url <address>', 'any server, also with the contract of a named exercise');
  option(
    '--method <name>',
    "instead of the exercise's",
    matching('--method', /^[A-Za-z]{1,20}$/, 'a word, like GET'),
  );
  option(
    '--path <path>',
    "instead of the exercise's",
    matching('--path', /^[!-~]+$/, 'a path, like /health'),
  );
  command.option('--body <text>', 'send this instead of metrics');
  command.option('--header <line>', 'send this header too; may be repeated', header('--header'));
  option(
    '--expect-status <n>',
    'what counts as a success',
    whole('--expect-status', { least: 100, most: 599 }),
  );
  command.option('--allow-remote', 'load another machine: only one that is yours');
  command.addOption(new Option('--markdown', 'print a table to paste').conflicts('json'));
  return command.option(...jsonOption);
}

export function benchRequest(exercise: string | undefined, flags: BenchFlags): BenchRequest {
  const { duration: durationMs, timeout: timeoutMs, header: headers, json: _, markdown: __, ...same } = flags;
  return {
    ...same,
    ...(exercise !== undefined && { exercise }),
    ...(durationMs !== undefined && { durationMs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(headers !== undefined && { headers }),
  };
}
