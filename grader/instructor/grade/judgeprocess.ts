/** A judge as the grader sees it: a process that answers, or is ended. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CraftError } from '../../core/errors.ts';
import { builtGraderRoot } from '../../core/paths.ts';
import { answerChannel, type FromJudge, type JudgeTask, onLines, type ToJudge } from './protocol.ts';
import type { Observation } from './score.ts';
import type { Wrap } from './tier.ts';
import type { Turns } from './turns.ts';

/** The grader's own failure: it says nothing about the student. */
export class GraderFault extends Error {}

export interface Judge {
  /** False when it has ended, or must not be used again. */
  readonly usable: boolean;
  /** Rejects with GraderFault, or with INTERRUPTED when the signal is aborted. */
  judge(task: JudgeTask, signal: AbortSignal): Promise<Observation>;
  /** Ends it and all that it started. */
  close(): Promise<void>;
}

export interface JudgeOptions {
  /** Puts a program into a network of its own; absent when submissions are not sealed. */
  readonly wrap?: Wrap;
  /** Its working folder, where it and its subjects keep temporary files; there already. */
  readonly temporary: string;
  readonly turns: Pick<Turns, 'take'>;
  readonly deadlines?: Deadlines;
}

/** Nets under the deadlines of the pipeline, which are much shorter. */
export interface Deadlines {
  /** From the task to its answer, without turns. */
  readonly checksMs: number;
  /** One turn. */
  readonly gatesMs: number;
}

const usual: Deadlines = { checksMs: 300_000, gatesMs: 900_000 };

/** From the end of its input to the end of its process. */
const closeMs = 8_000;
/** Of what it printed, the end: the reason of a crash. */
const keptOutput = 2_000;

export function startJudge(options: JudgeOptions): Judge {
  return new JudgeProcess(options);
}

interface Waiting {
  resolve(seen: Observation): void;
  reject(error: Error): void;
}

class JudgeProcess implements Judge {
  usable = true;
  readonly #options: JudgeOptions;
  readonly #child: ReturnType<typeof spawn>;
  readonly #closed: Promise<void>;
  #waiting: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #endTurn: (() => void) | undefined;
  #printed = '';

  constructor(options: JudgeOptions) {
    this.#options = options;
    const program = join(builtGraderRoot, 'instructor', 'grade', 'judge.js');
    const plain = { command: process.execPath, args: [program] };
    const { command, args } = options.wrap?.(plain.command, plain.args) ?? plain;
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches the grader alone, which then lets every judge tidy up.
      detached: true,
      cwd: options.temporary,
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
        HOME: options.temporary,
        TMPDIR: options.temporary,
        TZ: 'UTC',
        LANG: 'C.UTF-8',
      },
    });
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', (exitCode, signal) => {
        this.#fail(new GraderFault(`the judge ended (${signal ?? `exit code ${exitCode}`})${this.#said()}`));
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#fail(new GraderFault(`the judge could not be started: ${error.message}`));
        resolve();
      });
    });
    this.#child.stdin?.on('error', () => {});
    onLines(this.#child.stdio[answerChannel] as Readable, (line) => this.#hear(line));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#printed = `${this.#printed}${chunk}`.slice(-keptOutput);
      });
    }
  }

  async judge(task: JudgeTask, signal: AbortSignal): Promise<Observation> {
    if (signal.aborted) throw new CraftError('INTERRUPTED');
    const onAbort = (): void => this.#fail(new CraftError('INTERRUPTED'));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise<Observation>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#allow(this.#deadlines.checksMs);
        this.#say({ say: 'judge', task });
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(this.#timer);
      this.#waiting = undefined;
      this.#turnOver();
    }
  }

  async close(): Promise<void> {
    this.usable = false;
    this.#child.stdin?.end();
    const killer = setTimeout(() => this.#kill(), closeMs);
    await this.#closed;
    clearTimeout(killer);
    // What a judge that was killed has left in its group goes too.
    this.#kill();
  }

  get #deadlines(): Deadlines {
    return this.#options.deadlines ?? usual;
  }

  #say(message: ToJudge): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #hear(line: string): void {
    let message: FromJudge;
    try {
      message = JSON.parse(line) as FromJudge;
    } catch {
      this.#fail(new GraderFault('the judge answered with half a line'));
      return;
    }
    if (message.say === 'seen') this.#waiting?.resolve(message.observation);
    else if (message.say === 'failed') this.#failed(message);
    else if (message.say === 'turn?') void this.#giveTurn(message.quiet);
    else {
      this.#turnOver();
      this.#allow(this.#deadlines.checksMs);
    }
  }

  #failed({ code, message }: Extract<FromJudge, { say: 'failed' }>): void {
    const fault = code === 'INTERRUPTED' ? new CraftError('INTERRUPTED') : new GraderFault(message);
    this.#waiting?.reject(fault);
  }

  async #giveTurn(quiet: boolean): Promise<void> {
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    try {
      const over = await this.#options.turns.take(quiet);
      // It may have died while it waited.
      if (this.#waiting !== waiting || waiting === undefined) return over();
      this.#endTurn = over;
      this.#allow(this.#deadlines.gatesMs);
      this.#say({ say: 'your turn' });
    } catch (error) {
      waiting?.reject(error instanceof Error ? error : new GraderFault(String(error)));
    }
  }

  #turnOver(): void {
    this.#endTurn?.();
    this.#endTurn = undefined;
  }

  #allow(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#fail(new GraderFault(`the judge did not answer within ${ms / 1_000} s`));
    }, ms);
  }

  /** What it is judging has no answer, and it must not be asked again. */
  #fail(error: Error): void {
    this.usable = false;
    this.#waiting?.reject(error);
  }

  #said(): string {
    const text = this.#printed.trim();
    return text === '' ? '' : `: ${text}`;
  }

  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // The whole group has ended.
    }
  }
}
