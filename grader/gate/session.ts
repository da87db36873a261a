/** What one gate may use while it measures: fresh subjects, seeds, an empty folder; all of it ends with the gate. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { deriveSeed } from '../core/random.ts';
import type { Build } from '../core/types.ts';
import type { ModuleHandle, Subject, SubjectOptions } from '../subject/types.ts';
import type { DriverWork } from './types.ts';

export type StartSubject = (options: SubjectOptions) => Promise<Subject>;

/** Deadline of one call during a gate: a slow student is measured, not taken for an endless loop. */
export const gateCallMs = 15_000;

export interface SessionOptions {
  readonly build: Build;
  readonly driverDirectory: string;
  readonly start: StartSubject;
  /** The gate's own seed. */
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly scratchRoot: string;
  readonly progress: (message: string) => void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #subjects = new Set<Subject>();
  readonly #folders: string[] = [];
  #closed = false;
  #abort: () => void = () => {};
  readonly #startedAt = performance.now();
  /** Rejects when the run is stopped: a call to a subject that was shut down may never settle. */
  readonly stopped: Promise<never>;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.stopped = new Promise((_, reject) => {
      this.#abort = () => reject(new CraftError('INTERRUPTED'));
    });
    this.stopped.catch(() => {});
    options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Milliseconds since the gate began. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** The seed of a named round, so that inputs are fresh in each and repeat with the run's seed. */
  seed(round: string): string {
    return deriveSeed(this.#options.seed, round);
  }

  progress(message: string): void {
    this.#options.progress(message);
  }

  /** Throws once the run has been stopped. */
  check(): void {
    if (this.#options.signal.aborted) throw new CraftError('INTERRUPTED');
  }

  /** A fresh process with the student's build. */
  async start(options: { heapMb?: number } = {}): Promise<Subject> {
    this.check();
    const { build, driverDirectory, start } = this.#options;
    const subject = await start({ build, driverDirectory, callMs: gateCallMs, ...options });
    if (this.#closed || this.#options.signal.aborted) {
      await subject.shutdown();
      throw new CraftError('INTERRUPTED');
    }
    this.#subjects.add(subject);
    return subject;
  }

  /** Ends processes that did their work; rejects if one of them threw behind our back. */
  async end(...subjects: readonly Subject[]): Promise<void> {
    for (const subject of subjects) await subject.settle();
    await this.release(subjects);
  }

  /** Ends processes whatever became of them. */
  async release(subjects: readonly Subject[]): Promise<void> {
    await Promise.all(subjects.map((subject) => subject.shutdown()));
    for (const subject of subjects) this.#subjects.delete(subject);
  }

  /** An empty folder. */
  async scratch(): Promise<string> {
    await mkdir(this.#options.scratchRoot, { recursive: true });
    const folder = await mkdtemp(join(this.#options.scratchRoot, 'gate-'));
    this.#folders.push(folder);
    return folder;
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#abort);
    this.#closed = true;
    await this.release([...this.#subjects]);
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** One driver in one process, ready to be timed. */
export class TimedWork {
  readonly #session: Session;
  readonly #subject: Subject;
  readonly #driver: ModuleHandle;
  readonly #work: DriverWork;

  constructor(session: Session, subject: Subject, driver: ModuleHandle, work: DriverWork) {
    this.#session = session;
    this.#subject = subject;
    this.#driver = driver;
    this.#work = work;
  }

  static async load(session: Session, subject: Subject, work: DriverWork): Promise<TimedWork> {
    return new TimedWork(session, subject, await subject.driver(work.file), work);
  }

  /** One sample: fresh input, then CPU time of the process over one run of the work, read from outside. */
  async sample(size: number, seed: string): Promise<{ cpuMs: number; reply: unknown }> {
    this.#session.check();
    await this.#driver.call(this.#work.prepare, size, seed);
    const before = await this.#subject.cpuMs();
    const reply = await this.#driver.call(this.#work.work);
    return { cpuMs: (await this.#subject.cpuMs()) - before, reply };
  }
}

/** The work's answer was wrong: a fast wrong answer is no answer. */
export function wrongReply(problem: string): CraftError {
  return new CraftError('EXPECTATION', { summary: `a reply was wrong: ${problem}` });
}

/** The yardstick's answer was wrong: our fault, never the student's. */
export function wrongYardstick(gate: string, problem: string): CraftError {
  return new CraftError('INTERNAL', {
    message: `the yardstick of gate ${gate} answered wrongly: ${problem}`,
  });
}
