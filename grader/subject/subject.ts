/**
 * A student's process as the judge sees it: calls with deadlines, and one clear reason when it ends.
 * Everything that arrives from it is checked for shape and otherwise treated as the student's claim.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { refusedBy } from '../core/refused.ts';
import { locate, SubjectError } from './errors.ts';
import { type Launched, launch } from './launch.ts';
import { OutputLog } from './output.ts';
import { encodeFrame, FrameReader, isFromSubject, type RemoteError, type Request } from './protocol.ts';
import { cpuMsOf, killTree } from './tree.ts';
import type { ModuleHandle, ObjectHandle, Subject, SubjectExit, SubjectOptions } from './types.ts';
import { type Watchdog, watchTree } from './watchdog.ts';

type Details = Readonly<Record<string, string | number>>;
type Value = { value?: unknown; handle?: number };
/** A request without its id. */
type Question = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

interface Pending {
  readonly what: string;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: SubjectError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Starts a subject; resolves when it answers, before any of the student's code has run. */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const subject = new SubjectProcess(options);
  try {
    await subject.ready;
  } catch (error) {
    await subject.shutdown();
    throw error;
  }
  return subject;
}

class SubjectProcess implements Subject {
  readonly ready: Promise<void>;
  readonly exit: Promise<SubjectExit>;
  pid = 0;
  readonly #options: SubjectOptions;
  readonly #heapMb: number;
  readonly #launched: Launched;
  readonly #watchdog: Watchdog;
  readonly #output = new OutputLog();
  readonly #pending = new Map<string, Pending>();
  /** Ids of calls that a finished check left waiting: their replies are late, not forged. */
  readonly #abandoned = new Set<string>();
  readonly #reader = new FrameReader(limits.frameBytes);
  #late: SubjectError | undefined;
  #death: { code: ErrorCode; details: Details } | undefined;
  #dead = false;
  #lastCall = 'start';
  #signalReady: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: SubjectOptions) {
    this.#options = options;
    this.#heapMb = options.heapMb ?? limits.heapMb;
    this.#launched = launch(
      {
        studentDirectory: join(options.build.output, 'exercises', options.build.exercise.id),
        ...(options.driverDirectory === undefined ? {} : { driverDirectory: options.driverDirectory }),
        traps: refusedBy(options.build.exercise),
      },
      this.#heapMb,
    );
    const { channel, groupPid, stdout, stderr, ended } = this.#launched;
    this.ready = new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new SubjectError('CALL_TIMEOUT', { what: 'start', seconds: limits.startMs / 1000 }));
      const timer = setTimeout(late, limits.startMs);
      this.#signalReady = () => {
        clearTimeout(timer);
        resolve();
      };
      void ended.then(() => {
        clearTimeout(timer);
        reject(new SubjectError('EXITED', { exitCode: 'unknown', during: 'start' }));
      });
    });
    this.#watchdog = watchTree(groupPid, (limit) => {
      this.#kill(limit, { mb: limits.residentMb, processes: limits.processes });
    });
    // Student code that kills its parent has killed only the shell: the rest follows it.
    this.#launched.onShellExit(() => this.#killTree());
    channel.on('data', (chunk: Buffer) => this.#receive(chunk));
    channel.on('error', () => {});
    stdout.on('data', (chunk: Buffer) => this.#print(chunk));
    stderr.on('data', (chunk: Buffer) => this.#print(chunk));
    this.exit = ended.then((result) => {
      const exit = exitOf(result.exitCode, result.signal);
      this.#died(exit);
      return exit;
    });
  }

  async load(file: string): Promise<ModuleHandle> {
    return this.#module('student', file);
  }

  async driver(file = 'driver.ts'): Promise<ModuleHandle> {
    return this.#module('driver', file);
  }

  async settle(): Promise<void> {
    if (!this.#dead) await this.#ask({ verb: 'settle' }, `waiting after ${this.#lastCall}`, limits.callMs);
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) throw late;
    if (this.#dead) throw this.#deathError();
  }

  /** Forgets calls that a finished check left waiting, such as a take() that nobody will serve. */
  abandonCalls(): void {
    for (const [id, pending] of this.#pending) {
      clearTimeout(pending.timer);
      this.#abandoned.add(id);
    }
    this.#pending.clear();
  }

  get alive(): boolean {
    return !this.#dead && this.#death === undefined;
  }

  get scratch(): string {
    return this.#launched.scratch;
  }

  async cpuMs(): Promise<number> {
    const outside = cpuMsOf(this.pid);
    if (outside !== undefined) return outside;
    const { value } = await this.#ask({ verb: 'cpu' }, 'reading CPU time', limits.callMs);
    return typeof value === 'number' ? value : Number.NaN;
  }

  signal(name: NodeJS.Signals): void {
    try {
      if (!this.#dead) process.kill(this.pid, name);
    } catch {
      // It has ended by itself, a moment before we learn of it: `exit` tells how.
    }
  }

  output(): string {
    return this.#output.toString();
  }

  shutdown(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.abandonCalls();
    this.#death ??= { code: 'EXITED', details: { exitCode: 0, during: 'shutdown' } };
    this.#watchdog.stop();
    this.#killTree();
    this.#launched.channel.destroy();
    await this.exit;
    this.#launched.removeScratch();
  }

  async #module(scope: 'student' | 'driver', file: string): Promise<ModuleHandle> {
    const question: Question = { verb: 'load', scope, file: file.replace(/\.ts$/, '.js') };
    const named = scope === 'driver' ? 'Your code' : file;
    const { handle } = await this.#ask(question, `loading ${named}`, limits.loadMs, { file: named });
    return this.#handle(handle, scope === 'driver' ? { file, kind: 'driver' } : { file, kind: 'module' });
  }

  #handle(target: number | undefined, { file, kind }: Held): ModuleHandle & ObjectHandle {
    if (target === undefined) throw this.#kill('PROTOCOL_ERROR', { message: 'a reply without a handle' });
    // The functions of a driver are the check's: their names would say nothing to the student.
    const label = (member: string): string => {
      if (kind === 'driver') return 'your code';
      return kind === 'module' ? member : `${file}.${member}`;
    };
    const called = (member: string): string => (kind === 'driver' ? 'your code' : `${label(member)}()`);
    const heldAs = (name: string): Held => ({ file: name, kind: kind === 'driver' ? 'driver' : 'object' });
    const context = { file, kind };
    const callWithin = async (ms: number, member: string, ...args: unknown[]): Promise<unknown> => {
      const question: Question = { verb: 'call', target, name: member, args, keep: false };
      return (await this.#ask(question, called(member), ms, { ...context, name: member })).value;
    };
    const call = (member: string, ...args: unknown[]): Promise<unknown> =>
      callWithin(this.#options.callMs ?? limits.callMs, member, ...args);
    const hold = async (member: string, ...args: unknown[]): Promise<ObjectHandle> => {
      const question: Question = { verb: 'call', target, name: member, args, keep: true };
      const { handle } = await this.#ask(question, called(member), limits.loadMs, {
        ...context,
        name: member,
      });
      return this.#handle(handle, heldAs(`${member}()`));
    };
    return {
      call,
      callWithin,
      hold,
      new: async (className: string, ...args: unknown[]): Promise<ObjectHandle> => {
        const question: Question = { verb: 'new', target, name: className, args };
        const what = kind === 'driver' ? 'your code' : `new ${className}()`;
        const reply = await this.#ask(question, what, limits.callMs, {
          ...context,
          name: className,
        });
        return this.#handle(reply.handle, heldAs(instanceName(className)));
      },
      get: async (property: string) =>
        (await this.#ask({ verb: 'get', target, name: property }, label(property), limits.callMs)).value,
      release: async () => {
        await this.#ask({ verb: 'release', target }, 'release', limits.callMs);
      },
    };
  }

  #ask(question: Question, what: string, ms: number, context: AskContext = {}): Promise<Value> {
    if (this.#dead || this.#death !== undefined) return Promise.reject(this.#deathError());
    if (question.verb !== 'settle') this.#lastCall = what === 'your code' ? 'this check' : what;
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const late = (): void => {
        if (this.#pending.has(id)) this.#overdue(id, question.verb, what, ms, context);
      };
      // A craft that was stopped (Ctrl-Z) or starved reads what came in the meantime before it judges.
      const timer = setTimeout(() => setImmediate(late), ms);
      this.#pending.set(id, {
        what,
        resolve,
        reject: (error) => reject(error),
        timer,
      });
      this.#contexts.set(id, context);
      this.#launched.channel.write(encodeFrame({ ...question, id } as Request));
    });
  }

  readonly #contexts = new Map<string, AskContext>();

  #overdue(id: string, verb: Request['verb'], what: string, ms: number, context: AskContext): void {
    const seconds = ms / 1000;
    if (verb === 'load') this.#kill('LOAD_TIMEOUT', { file: context.file ?? what, seconds });
    else this.#kill('CALL_TIMEOUT', { what: sentence(what), seconds });
    this.#settlePending(id, (pending) => pending.reject(this.#deathError()));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#reader.feed(chunk)) this.#accept(message);
    } catch (error) {
      this.#kill('PROTOCOL_ERROR', { message: error instanceof Error ? error.message : String(error) });
    }
  }

  #accept(message: unknown): void {
    if (this.#death !== undefined) return;
    if (!isFromSubject(message)) throw new TypeError('not a reply');
    if ('event' in message) {
      if (message.event === 'ready') this.#becomeReady(message.pid);
      else this.#late ??= this.#lateError(message.kind, message.error);
      return;
    }
    if (this.#abandoned.delete(message.id)) return;
    if (!this.#pending.has(message.id)) throw new TypeError('a reply to a question that was not asked');
    const context = this.#contexts.get(message.id) ?? {};
    this.#settlePending(message.id, (pending) => {
      if (message.ok) pending.resolve(message);
      else pending.reject(this.#remoteError(message.error, pending.what, context));
    });
  }

  #becomeReady(pid: number): void {
    // Only the first counts: it was sent before the student's code could run.
    if (this.pid !== 0) throw new TypeError('a second ready');
    this.pid = pid;
    this.#signalReady();
  }

  #settlePending(id: string, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    this.#contexts.delete(id);
    settle(pending);
  }

  #remoteError(error: RemoteError, what: string, context: AskContext): SubjectError {
    const where = this.#locate(error);
    const extra = { thrownName: error.name, thrownMessage: error.message, where };
    if (error.message.startsWith('TODO(human)')) {
      const todo = error.message.replace(/^TODO\(human\):?\s*/, '') || `${what} throws TODO(human)`;
      return new SubjectError('NOT_WRITTEN', { todo }, extra);
    }
    if (error.name === 'ForbiddenApi') {
      const [api = '', ...why] = error.message.split(': ');
      return new SubjectError('FORBIDDEN_API', { api, why: why.join(': ') }, extra);
    }
    if (error.code === 'MISSING') {
      if (context.kind === 'module') {
        const kind = what.startsWith('new ') ? 'class' : 'function';
        return new SubjectError(
          'MISSING_EXPORT',
          { file: context.file ?? '', name: context.name ?? '', kind },
          extra,
        );
      }
      return new SubjectError('MISSING_MEMBER', { what }, extra);
    }
    if (error.code === 'NOT_PLAIN')
      return new SubjectError('NOT_PLAIN', { what: sentence(what), message: error.message }, extra);
    if (what.startsWith('loading ')) {
      return new SubjectError('LOAD_FAILED', { file: context.file ?? what, message: error.message }, extra);
    }
    return new SubjectError(
      'THREW',
      { what: sentence(what), message: `${error.name}: ${error.message}` },
      extra,
    );
  }

  #locate({ stack }: RemoteError): string | undefined {
    const { source, exercise, files } = this.#options.build;
    const own = files.filter((path) => path.startsWith(`exercises/${exercise.id}/`));
    return locate(stack, source, own);
  }

  #lateError(kind: string, error: RemoteError): SubjectError {
    const where = this.#locate(error);
    const message = error.name === 'thrown value' ? error.message : `${error.name}: ${error.message}`;
    const extra = { thrownName: error.name, thrownMessage: error.message, where };
    const moment = this.#lastCall === 'this check' ? 'during this check' : `after ${this.#lastCall}`;
    return new SubjectError('UNHANDLED', { kind, moment, message }, extra);
  }

  #print(chunk: Buffer): void {
    this.#output.add(chunk.toString('utf8'));
    if (this.#output.bytes > limits.outputBytes) this.#kill('OUTPUT_LIMIT', { bytes: limits.outputBytes });
  }

  /** Ends the process for a reason of ours, which is what every waiting call will be told. */
  #kill(code: ErrorCode, details: Details): SubjectError {
    if (this.#death === undefined && !this.#dead) {
      this.#death = { code, details: { during: this.#lastCall, ...details } };
      this.#killTree();
    }
    return this.#deathError();
  }

  #died(exit: SubjectExit): void {
    this.#death ??= causeOf(exit, this.#lastCall, this.#output.toString(), this.#heapMb);
    this.#dead = true;
    this.#watchdog.stop();
    for (const id of [...this.#pending.keys()])
      this.#settlePending(id, (pending) => pending.reject(this.#deathError()));
  }

  #killTree(): void {
    const { groupPid, marker, scratch } = this.#launched;
    const { seen, born } = this.#watchdog;
    killTree({ root: groupPid, born, marker, folder: scratch, seen });
  }

  #deathError(): SubjectError {
    const { code, details } = this.#death ?? {
      code: 'EXITED' as const,
      details: { exitCode: 0, during: this.#lastCall },
    };
    return new SubjectError(code, details, { fatal: true });
  }
}

/** What a handle stands for: a module of the student's, an object, or something of the check's own driver. */
interface Held {
  /** The module's file, or the object's name in messages. */
  readonly file: string;
  readonly kind: 'module' | 'object' | 'driver';
}

interface AskContext extends Partial<Held> {
  readonly name?: string;
}

/** "your code" begins sentences too; names of functions stay as they are. */
function sentence(what: string): string {
  return what === 'your code' ? 'Your code' : what;
}

/** The shell reports the death of its child by a signal as 128 + the signal's number. */
function exitOf(exitCode: number | undefined, signal: string | undefined): SubjectExit {
  if (exitCode !== undefined && exitCode > 128) {
    const name = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
    if (name !== undefined) return { exitCode: null, signal: name };
  }
  return { exitCode: exitCode ?? null, signal: signal ?? null };
}

function causeOf(
  exit: SubjectExit,
  during: string,
  output: string,
  heapMb: number,
): { code: ErrorCode; details: Details } {
  if (exit.signal === 'SIGXCPU')
    return { code: 'CPU_LIMIT', details: { seconds: limits.cpuSeconds, during } };
  if (exit.signal === 'SIGABRT') {
    // V8's own words when the heap is full.
    const heap = /heap out of memory|Array buffer allocation failed/i.test(output);
    if (heap) return { code: 'MEMORY_LIMIT', details: { mb: heapMb, during } };
    return { code: 'ABORTED', details: { during } };
  }
  if (exit.signal !== null) return { code: 'KILLED', details: { signal: exit.signal, during } };
  return { code: 'EXITED', details: { exitCode: exit.exitCode ?? 0, during } };
}

function instanceName(className: string): string {
  return className.charAt(0).toLowerCase() + className.slice(1);
}
