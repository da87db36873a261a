/**
 * What the student has passed: `.craft/progress.json` and the attempts that prove it. All changes go through
 * here, under a short lock, and each is on disk whole or not at all.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { asWriteError, type FileOps, realOps, temporarySuffix, writing } from '../core/files.ts';
import type { Attempt, Notice, Progress, Workspace } from '../core/types.ts';
import {
  type AttemptContent,
  type AttemptDraft,
  listAttempts,
  setAsideAttempts,
  sweepAttempts,
  writeAttempt,
} from './attempts.ts';
import { type LockOptions, withLock, withLockFile } from './lock.ts';
import { applyAttempt } from './marks.ts';
import { mergeHarmless, sameContent } from './merge.ts';
import { type Loaded, loadProgress, progressPath, saveProgress, setAsideProgress } from './state.ts';

export interface Recorded {
  readonly attempt: Attempt;
  readonly progress: Progress;
}

export interface ProgressStore {
  /** Progress with only those marks that an attempt proves. Sets a broken file aside and builds a new one. */
  read(): Promise<Progress>;
  /** Reads, changes, writes, under the lock: of two craft at once none loses a change. */
  update(change: (progress: Progress) => Progress): Promise<Progress>;
  /** Keeps an attempt with its files and log, and counts it. */
  recordAttempt(draft: AttemptDraft, content: AttemptContent): Promise<Recorded>;
  /**
   * For as long as the student's code may run: takes the workspace's lock, reads progress before, and has
   * every change made through this store start from that value. What the student's code did to `.craft/`
   * meanwhile is undone, with a notice. Only hints and the current exercise may be changed by another craft.
   */
  during<T>(body: () => Promise<T>, options?: LockOptions): Promise<T>;
  /** What happened that the user should know, once each. */
  takeNotices(): readonly Notice[];
}

export interface ProgressOptions {
  readonly ops?: FileOps;
  /** For names of files that are set aside. */
  readonly now?: () => Date;
  /** How long an update waits for another one. */
  readonly waitMs?: number;
}

export function openProgress(workspace: Workspace, options: ProgressOptions = {}): ProgressStore {
  return new Store(
    workspace,
    options.ops ?? realOps,
    options.now ?? (() => new Date()),
    options.waitMs ?? 30_000,
  );
}

/** Progress as it was before the student's code ran, and the attempts there were. */
interface Trusted {
  progress: Progress;
  /** Whether there was a file. */
  existed: boolean;
  readonly attempts: Set<number>;
}

class Store implements ProgressStore {
  readonly #workspace: Workspace;
  readonly #ops: FileOps;
  readonly #now: () => Date;
  readonly #waitMs: number;
  #notices: Notice[] = [];
  #trusted: Trusted | undefined;

  constructor(workspace: Workspace, ops: FileOps, now: () => Date, waitMs: number) {
    this.#workspace = workspace;
    this.#ops = ops;
    this.#now = now;
    this.#waitMs = waitMs;
  }

  async read(): Promise<Progress> {
    if (this.#trusted !== undefined) return this.#trusted.progress;
    const loaded = loadProgress(this.#workspace);
    if (loaded.broken === undefined && loaded.notices.length === 0) return loaded.progress;
    // Something is to be mended: once, on disk, so that the next command is quiet.
    try {
      return await this.#locked(() => this.#save(this.#load()));
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      if (this.#notices.length > 0) return loaded.progress;
      this.#notices.push(...loaded.notices);
      if (loaded.broken !== undefined) this.#notices.push(brokenNotice(loaded.broken, 'still in its place'));
      return loaded.progress;
    }
  }

  async update(change: (progress: Progress) => Progress): Promise<Progress> {
    return this.#locked(() => this.#save(change(this.#load())));
  }

  async recordAttempt(draft: AttemptDraft, content: AttemptContent): Promise<Recorded> {
    return this.#locked(() => {
      const before = this.#load();
      const attempt = writeAttempt(this.#workspace, draft, content, before.nextAttempt, this.#ops);
      this.#trusted?.attempts.add(attempt.number);
      return { attempt, progress: this.#save(applyAttempt(before, attempt)) };
    });
  }

  async during<T>(body: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    const run = async (): Promise<T> => {
      const progress = await this.read();
      const existed = existsSync(progressPath(this.#workspace));
      this.#trusted = { progress, existed, attempts: new Set(listAttempts(this.#workspace)) };
      try {
        const result = await body();
        await this.#locked(() => this.#restore());
        return result;
      } catch (error) {
        // The first failure is the one to report.
        await this.#locked(() => this.#restore()).catch(() => undefined);
        throw error;
      } finally {
        this.#trusted = undefined;
      }
    };
    return withLock(this.#workspace, run, { ops: this.#ops, ...options });
  }

  takeNotices(): readonly Notice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  #load(): Progress {
    if (this.#trusted !== undefined) return this.#loadTrusted(this.#trusted);
    const loaded = loadProgress(this.#workspace);
    this.#notices.push(...loaded.notices);
    if (loaded.broken !== undefined) {
      const kept = setAsideProgress(this.#workspace, this.#stamp(), this.#ops);
      this.#notices.push(brokenNotice(loaded.broken, `kept as ${kept}`));
    }
    return loaded.progress;
  }

  /** From the value before the run; the file gives only what another craft may have changed meanwhile. */
  #loadTrusted(trusted: Trusted): Progress {
    this.#setAsideForged(trusted);
    const onDisk = this.#loadDoubtful(trusted);
    if (onDisk === undefined) return trusted.progress;
    const merged = mergeHarmless(trusted.progress, onDisk);
    if (sameContent(merged, onDisk)) return merged;
    this.#notices.push({
      code: 'PROGRESS_EDITED',
      text: 'progress.json was edited while your code ran: undone.',
    });
    return merged;
  }

  #loadDoubtful(trusted: Trusted): Progress | undefined {
    if (!existsSync(progressPath(this.#workspace))) {
      const text = 'progress.json was deleted while your code ran: restored.';
      if (trusted.existed) this.#notices.push({ code: 'PROGRESS_EDITED', text });
      return undefined;
    }
    let loaded: Loaded | undefined;
    try {
      loaded = loadProgress(this.#workspace);
    } catch (error) {
      if (!(error instanceof CraftError && error.code === 'PROGRESS_NEWER')) throw error;
    }
    if (loaded !== undefined && loaded.broken === undefined) return loaded.progress;
    const kept = setAsideProgress(this.#workspace, this.#stamp(), this.#ops);
    const text = `progress.json was broken while your code ran: restored; the broken one is kept as ${kept}.`;
    this.#notices.push({ code: 'PROGRESS_EDITED', text });
    return undefined;
  }

  #setAsideForged(trusted: Trusted): void {
    const forged = listAttempts(this.#workspace).filter((number) => !trusted.attempts.has(number));
    if (forged.length === 0) return;
    const folder = setAsideAttempts(this.#workspace, forged, this.#stamp(), this.#ops);
    const text = `attempts appeared while your code ran that craft did not make: moved to ${folder}.`;
    this.#notices.push({ code: 'ATTEMPT_FORGED', text });
  }

  #restore(): void {
    const known = this.#notices.length;
    const progress = this.#load();
    if (this.#notices.length > known) this.#save(progress);
  }

  #save(progress: Progress): Progress {
    saveProgress(this.#workspace, progress, this.#ops);
    if (this.#trusted !== undefined) Object.assign(this.#trusted, { progress, existed: true });
    return progress;
  }

  #locked<T>(body: () => T): Promise<T> {
    const { state } = this.#workspace;
    if (!existsSync(state)) writing(state, () => this.#ops.makeFolder(state));
    const swept = (): T => {
      try {
        this.#sweep();
        return body();
      } catch (error) {
        throw asWriteError(error, state);
      }
    };
    return withLockFile(this.#workspace, 'progress.lock', swept, { ops: this.#ops, waitMs: this.#waitMs });
  }

  /** Only holders of the lock make temporary files, so any that are here were left by a killed craft. */
  #sweep(): void {
    const { state } = this.#workspace;
    for (const name of readdirSync(state)) {
      if (name.startsWith('.') && name.endsWith(temporarySuffix)) this.#ops.remove(join(state, name));
    }
    sweepAttempts(this.#workspace, this.#ops);
  }

  #stamp(): string {
    return this.#now().toISOString().replaceAll(':', '-').replace('Z', '');
  }
}

function brokenNotice(wrong: string, kept: string): Notice {
  const source = 'what you passed was read again from .craft/attempts';
  return { code: 'PROGRESS_BROKEN', text: `progress.json was broken (${wrong}) and is ${kept}; ${source}.` };
}

function isUnwritable(error: unknown): boolean {
  return (
    error instanceof CraftError && ['NOT_WRITABLE', 'DISK_FULL', 'LOCKED_WORKSPACE'].includes(error.code)
  );
}
