/**
 * A student's process as the judge sees it: calls with deadlines, and one clear reason when it ends.
 * Everything that arrives from it is checked for shape and otherwise treated as the student's claim.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ErrorCode } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { refusedBy } from '../core/refused.ts';
import { Calls, type Value } from './calls.ts';
import { SubjectError } from './errors.ts';
import { type Asked, causeOfDeath, type Details, lateFault, remoteFault, sentence } from './faults.ts';
import { type Asking, createHandle, type Question } from './handles.ts';
import { exitOf, type Launched, type Launcher, launch } from './launch.ts';
import { OutputLog } from './output.ts';
import { encodeFrame, FrameReader, isFromSubject, type Request } from './protocol.ts';
import { cpuMsOf, killTree, pidOutside } from './tree.ts';
import type { ModuleHandle, Subject, SubjectExit, SubjectOptions } from './types.ts';
import { type Watchdog, watchTree } from './watchdog.ts';

/** Starts a subject; resolves when it answers, before any of the student's code has run. */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  // What a jail needs is loaded only where there is one.
  const start = options.build.jail === undefined ? launch : (await import('./jailed.ts')).launchJailed;
  const subject = new SubjectProcess(options, start);
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
  readonly #calls = new Calls();
  readonly #reader = new FrameReader(limits.frameBytes);
  #late: SubjectError | undefined;
  #death: { code: ErrorCode; details: Details } | undefined;
  #dead = false;
  #lastCall = 'start';
  #signalReady: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: SubjectOptions, start: Launcher) {
    this.#options = options;
    this.#heapMb = options.heapMb ?? limits.heapMb;
    this.#launched = start(
      {
        studentDirectory: join(options.build.output, 'exercises', options.build.exercise.id),
        ...(options.driverDirectory === undefined ? {} : { driverDirectory: options.driverDirectory }),
        traps: refusedBy(options.build.exercise),
      },
      this.#heapMb,
      options.build,
    );
    const { channel, groupPid, stdout, stderr, ended, above } = this.#launched;
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
    this.#watchdog = watchTree(groupPid, above, (limit) => {
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
    if (!this.#dead)
      await this.#ask({ verb: 'settle' }, { what: `waiting after ${this.#lastCall}` }, limits.callMs);
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) throw late;
    if (this.#dead) throw this.#deathError();
  }

  /** Forgets calls that a finished check left waiting, such as a take() that nobody will serve. */
  abandonCalls(): void {
    this.#calls.abandonAll();
  }

  get alive(): boolean {
    return !this.#dead && this.#death === undefined;
  }

  get scratch(): string {
    return this.#launched.scratch;
  }

  async cpuMs(): Promise<number> {
    const { value } = await this.#ask({ verb: 'cpu' }, { what: 'reading CPU time' }, limits.loadMs);
    const claimed = typeof value === 'number' && this.#options.build.jail === undefined ? value : Number.NaN;
    return cpuMsOf(this.pid) ?? claimed;
  }

  signal(name: NodeJS.Signals): void {
    try {
      if (!this.#dead && this.pid > 1) process.kill(this.pid, name);
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
    const reply = await this.#ask(question, { what: `loading ${named}`, file: named }, limits.loadMs);
    const asking: Asking = {
      ask: (...args) => this.#ask(...args),
      noHandle: () => this.#kill('PROTOCOL_ERROR', { message: 'a reply without a handle' }),
      callMs: this.#options.callMs ?? limits.callMs,
    };
    return createHandle(asking, reply, { file, kind: scope === 'driver' ? 'driver' : 'module' });
  }

  #ask(question: Question, asked: Asked, ms: number): Promise<Value> {
    if (this.#dead || this.#death !== undefined) return Promise.reject(this.#deathError());
    if (question.verb !== 'settle') this.#lastCall = asked.what === 'your code' ? 'this check' : asked.what;
    const id = randomUUID();
    const answer = this.#calls.add(id, asked, ms, () => this.#overdue(id, question.verb, asked, ms / 1000));
    this.#launched.channel.write(encodeFrame({ ...question, id } as Request));
    return answer;
  }

  #overdue(id: string, verb: Request['verb'], { what, file }: Asked, seconds: number): void {
    if (verb === 'load') this.#kill('LOAD_TIMEOUT', { file: file ?? what, seconds });
    else this.#kill('CALL_TIMEOUT', { what: sentence(what), seconds });
    this.#calls.take(id)?.reject(this.#deathError());
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
      else this.#late ??= lateFault(message.kind, message.error, this.#lastCall, this.#options.build);
      return;
    }
    const call = this.#calls.take(message.id);
    if (message.ok) call?.resolve(message);
    else call?.reject(remoteFault(message.error, call.asked, this.#options.build));
  }

  #becomeReady(pid: number): void {
    // Only the first counts: it was sent before the student's code could run.
    if (this.pid !== 0) throw new TypeError('a second ready');
    this.pid = this.#options.build.jail === undefined ? pid : pidOutside(this.#launched.groupPid, pid);
    this.#signalReady();
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
    this.#death ??= causeOfDeath(exit, this.#lastCall, this.#output.toString(), this.#heapMb);
    this.#dead = true;
    this.#watchdog.stop();
    this.#calls.failAll(this.#deathError());
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
