/**
 * Threads of a subject, in exercises that may have them. Each starts with the traps of the main thread, and drivers
 * find the student's code there too: Node loads this file into it before anything else.
 */
import { syncBuiltinESMExports } from 'node:module';
import worker, {
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  type Worker,
} from 'node:worker_threads';
import { setStudentDirectory } from './inside.ts';
import type { HostOptions } from './protocol.ts';
import { calledByCraft, installTraps } from './traps.ts';

type ThreadOptions = Pick<HostOptions, 'studentDirectory' | 'traps'>;
type WorkerArguments = ConstructorParameters<typeof Worker>;

const KEY = 'craft';
const preload = import.meta.url;
const { construct } = Reflect;
const StandardError = Error;
const share = setEnvironmentData;

if (!isMainThread) {
  const options = getEnvironmentData(KEY) as unknown as ThreadOptions;
  setStudentDirectory(options.studentDirectory);
  installTraps(options.traps);
  guardThreads(options);
}

/** Sees to it that every thread that is started from now on is guarded as this one is. */
export function guardThreads({ studentDirectory, traps }: ThreadOptions): void {
  worker.Worker = new Proxy(worker.Worker, {
    construct(target, [file, options]: WorkerArguments, newTarget) {
      if (!calledByCraft()) refuseText(file, options);
      // Each time anew: whoever may have threads may change this table.
      share(KEY, { studentDirectory, traps } as never);
      // Flags of V8, which the process was started with, hold in its threads too, and are refused here.
      const execArgv = [...(options?.execArgv ?? ['--enable-source-maps']), '--import', preload];
      return construct(target, [file, { ...options, execArgv }], newTarget);
    },
  });
  syncBuiltinESMExports();
}

/** A thread runs a file: code that comes as text would not have been read by the scan. */
function refuseText(file: WorkerArguments[0], options: WorkerArguments[1]): void {
  const text = options?.eval === true || `${file}`.startsWith('data:');
  // `--import` and its like take code as text too, and nobody needs flags here.
  if (!text && options?.execArgv === undefined) return;
  const error = new StandardError(
    'Worker: a thread runs a file of yours, without flags; craft cannot read code in a string',
  );
  error.name = 'ForbiddenApi';
  throw error;
}
