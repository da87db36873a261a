/**
 * Runs inside the subject process: loads the student's code and answers requests on file descriptor 3.
 *
 * Nothing it says is trusted. It is written so that a student who poisons prototypes or patches builtins
 * breaks only this process: what it needs is captured before the first student module is loaded.
 */
import { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { limits } from '../core/limits.ts';
import { setStudentDirectory } from './inside.ts';
import {
  type Event,
  encodeFrame,
  FrameReader,
  type HostOptions,
  type RemoteError,
  type Reply,
  type Request,
} from './protocol.ts';
import { installTraps } from './traps.ts';

const options: HostOptions = JSON.parse(process.argv[2] ?? '');
const channel = new Socket({ fd: 3, readable: true, writable: true });
const { exit, cpuUsage } = process;
const later = setImmediate;
const sleep = setTimeout;
const { apply, construct, get } = Reflect;

const objects = new Map<number, object>();
let nextHandle = 1;

function send(message: Reply | Event): void {
  channel.write(encodeFrame(message));
}

function keep(value: unknown): number {
  // A primitive result can be held too: it is boxed so that it has a place in the table.
  const handle = nextHandle++;
  objects.set(handle, Object(value));
  return handle;
}

/** What was asked for is not there. */
class Missing extends Error {}

/** Describes anything that can be thrown: an Error, null, or a proxy whose getters throw. */
function remoteError(code: RemoteError['code'], thrown: unknown): RemoteError {
  try {
    if (thrown instanceof Missing)
      return { code: 'MISSING', name: 'Missing', message: thrown.message, stack: '' };
    if (thrown instanceof Error) {
      return { code, name: `${thrown.name}`, message: `${thrown.message}`, stack: `${thrown.stack}` };
    }
    return { code, name: 'thrown value', message: `${String(thrown)}`, stack: '' };
  } catch {
    return { code, name: 'thrown value', message: 'a value that cannot be shown', stack: '' };
  }
}

function target(handle: number): object {
  const found = objects.get(handle);
  if (found === undefined) throw new Missing('the object was released');
  return found;
}

function callable(handle: number, name: string): (...args: unknown[]) => unknown {
  const member: unknown = get(target(handle), name);
  if (typeof member !== 'function') throw new Missing(name);
  return member as (...args: unknown[]) => unknown;
}

async function answer(request: Request): Promise<{ value?: unknown; handle?: number }> {
  switch (request.verb) {
    case 'load': {
      const folder = request.scope === 'student' ? options.studentDirectory : (options.driverDirectory ?? '');
      return { handle: keep(await import(pathToFileURL(join(folder, request.file)).href)) };
    }
    case 'new':
      return { handle: keep(construct(callable(request.target, request.name), request.args)) };
    case 'call': {
      const receiver = target(request.target);
      const value = await apply(callable(request.target, request.name), receiver, request.args);
      return request.keep ? { handle: keep(value) } : { value };
    }
    case 'get':
      return { value: await get(target(request.target), request.name) };
    case 'release':
      objects.delete(request.target);
      return {};
    case 'settle':
      // A timer that is due and two turns of the event loop: late throws and rejections have been reported by then.
      await new Promise<void>((resolve) => void sleep(() => later(() => later(resolve)), 1));
      return {};
    case 'cpu': {
      // The kernel counts a thread's time when it leaves the processor, or at a tick, up to 4 ms late: so it leaves.
      await new Promise<void>((resolve) => void sleep(resolve, 1));
      const { user, system } = cpuUsage();
      return { value: (user + system) / 1000 };
    }
    case 'shutdown':
      return {};
  }
}

async function serve(request: Request): Promise<void> {
  let reply: Reply;
  try {
    reply = { id: request.id, ok: true, ...(await answer(request)) };
  } catch (error) {
    reply = { id: request.id, ok: false, error: remoteError('THREW', error) };
  }
  try {
    const frame = encodeFrame(reply);
    if (frame.length > limits.frameBytes) throw new Error(`${frame.length} bytes are too many`);
    channel.write(frame);
  } catch (error) {
    send({ id: request.id, ok: false, error: remoteError('NOT_PLAIN', error) });
  }
  if (request.verb === 'shutdown') channel.end(() => exit(0));
}

const reader = new FrameReader(limits.frameBytes);
channel.on('data', (chunk: Buffer) => {
  for (const request of reader.feed(chunk) as Request[]) void serve(request);
});
// The judge is gone: there is nobody left to work for.
channel.on('end', () => exit(0));
channel.on('error', () => exit(0));

process.on('uncaughtException', (error) => {
  send({ event: 'late', kind: 'Uncaught exception', error: remoteError('THREW', error) });
});
process.on('unhandledRejection', (reason) => {
  send({ event: 'late', kind: 'Unhandled rejection', error: remoteError('THREW', reason) });
});

// Otherwise that signal opens the door for a debugger, also to the process itself.
process.on('SIGUSR1', () => {});
setStudentDirectory(options.studentDirectory);
installTraps(options.traps);
// Loaded only where an exercise may have threads: it takes some milliseconds.
if (!options.traps.some(({ api }) => api === 'node:worker_threads')) {
  const { guardThreads } = await import('./threads.ts');
  guardThreads(options);
}
send({ event: 'ready', pid: process.pid });
