/**
 * Threads of a subject, in exercises that may have them. Each starts with the traps of the main thread, and drivers
 * find the student's code there too: Node loads this file into it before anything else.
 */
import { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import worker, {
  getEnvironmentData,
  isMainThread,
  SHARE_ENV,
  setEnvironmentData,
  type Worker,
  type WorkerOptions,
} from 'node:worker_threads';
import { setStudentDirectory } from './inside.ts';
import type { HostOptions } from './protocol.ts';
import { beginsWith, calledByCraft, installTraps, standIn } from './traps.ts';

type ThreadOptions = Pick<HostOptions, 'studentDirectory' | 'traps'> & {
  /** Compiled files: what was written later, nobody has read. */
  readonly programs: readonly string[];
  /** The folder of the drivers, which are craft's. */
  readonly drivers: string | undefined;
};
type WorkerArguments = ConstructorParameters<typeof Worker>;

const KEY = 'craft';
const preload = import.meta.url;
const { construct, deleteProperty, getOwnPropertyDescriptor, apply } = Reflect;
const StandardError = Error;
const StandardURL = URL;
const share = setEnvironmentData;
const pathOf = fileURLToPath;
const { env } = process;
const getHref = getOwnPropertyDescriptor(URL.prototype, 'href')?.get;

if (!isMainThread) {
  const options = getEnvironmentData(KEY) as unknown as ThreadOptions;
  setStudentDirectory(options.studentDirectory);
  installTraps(options.traps);
  guard(options);
}

/** Sees to it that every thread that is started from now on is guarded as this one is. */
export function guardThreads({ studentDirectory, driverDirectory, traps }: HostOptions): void {
  const root = studentDirectory.slice(0, studentDirectory.lastIndexOf(`${sep}exercises${sep}`));
  const programs = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
  // A driver may hand a file of its own to the student's code, which starts it; also one that is not there.
  const drivers = driverDirectory === undefined ? undefined : `${driverDirectory}${sep}`;
  guard({ studentDirectory, traps, programs, drivers });
}

function guard(thread: ThreadOptions): void {
  const original = worker.Worker;
  worker.Worker = standIn(
    original as never,
    {
      construct(_: unknown, [file, options]: WorkerArguments, newTarget: never) {
        const isCraft = calledByCraft();
        const [program, allowed] = isCraft ? [file, options] : [programOf(file, thread), optionsOf(options)];
        // Each time anew: whoever may have threads may change this table.
        share(KEY, thread as never);
        // Flags of V8, which the process was started with, hold in its threads too, and are refused here.
        const execArgv = [...(allowed?.execArgv ?? ['--enable-source-maps']), '--import', preload];
        return construct(original, [program, { ...allowed, execArgv }], newTarget);
      },
    } as never,
  ) as unknown as typeof Worker;
  syncBuiltinESMExports();
}

/** A thread runs a file that was compiled: no other code would have been read by the scan. */
function programOf(file: unknown, { programs, drivers }: ThreadOptions): string | URL {
  let path = '';
  if (typeof file === 'string') path = file;
  else if (getHref !== undefined) {
    const href = apply(getHref, file, []) as string;
    if (beginsWith(href, 'file:')) path = pathOf(href);
    // Node refuses it, in words of its own.
    else if (!beginsWith(href, 'data:')) return new StandardURL(href);
  }
  for (let i = 0; i < programs.length; i++) if (programs[i] === path) return path;
  if (drivers !== undefined && beginsWith(path, drivers)) return path;
  return refuse();
}

/** Each read once, since a getter may give another answer the next time. Flags load code, also those of the environment. */
function optionsOf(options: WorkerOptions | undefined): WorkerOptions {
  const { workerData, transferList, name, argv, stdin, stdout, stderr, resourceLimits } = options ?? {};
  const { eval: isText, execArgv, env: given } = options ?? {};
  if (isText || execArgv !== undefined) refuse();
  deleteProperty(env, 'NODE_OPTIONS');
  const own = given === SHARE_ENV || given === undefined ? given : { ...(given as object), NODE_OPTIONS: '' };
  const asked = { workerData, transferList, name, argv, stdin, stdout, stderr, resourceLimits, env: own };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function refuse(): never {
  const error = new StandardError(
    "Worker: a thread runs a file of yours that craft has compiled, as new URL('./thread.js', import.meta.url), without flags; craft cannot read other code",
  );
  error.name = 'ForbiddenApi';
  throw error;
}
