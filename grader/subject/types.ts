/** What the rest of craft may do with a student's process. */
import type { Build } from '../core/types.ts';

/** What travels to and from the subject: plain data that v8.serialize copies (numbers, strings, arrays, Maps, typed arrays ...). */
export type Plain = unknown;

/** An object that lives in the subject process. */
export interface ObjectHandle {
  /** Calls a method and waits for its promise; rejects with SubjectError when it throws or its process dies. */
  call(method: string, ...args: Plain[]): Promise<Plain>;
  /** As `call` with another deadline. */
  callWithin(ms: number, method: string, ...args: Plain[]): Promise<Plain>;
  /** Calls a method and keeps what it returns (after awaiting it) in the subject. */
  hold(method: string, ...args: Plain[]): Promise<ObjectHandle>;
  /** Reads a property or getter. */
  get(property: string): Promise<Plain>;
  /** Lets the subject forget the object. */
  release(): Promise<void>;
}

/** A module in the subject process; `call('f', 1)` calls its exported function f. */
export interface ModuleHandle {
  call(name: string, ...args: Plain[]): Promise<Plain>;
  callWithin(ms: number, name: string, ...args: Plain[]): Promise<Plain>;
  /** Calls an exported function and keeps its result in the subject, e.g. a server. */
  hold(name: string, ...args: Plain[]): Promise<ObjectHandle>;
  /** `new Class(...args)` with an exported class. */
  readonly new: (className: string, ...args: Plain[]) => Promise<ObjectHandle>;
}

export interface SubjectOptions {
  readonly build: Build;
  /** Folder of compiled checks whose `driver.js` may be loaded beside the student's code. */
  readonly driverDirectory?: string;
  /** V8's old space; the default is `limits.heapMb`. */
  readonly heapMb?: number;
  /** Overrides of `limits`. */
  readonly callMs?: number;
}

/** How the process ended. */
export interface SubjectExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The student's code in its own process. */
export interface Subject {
  /** Process id of the student's Node process. */
  readonly pid: number;
  /** Imports a module of the exercise's folder: `load('queue.ts')`, `load('../01-queue/queue.ts')`. */
  load(file: string): Promise<ModuleHandle>;
  /** Imports the driver beside the check: trusted code that runs next to the student's at full speed. */
  driver(file?: string): Promise<ModuleHandle>;
  /** Lets the subject's event loop turn, then rejects if it threw or left a promise rejected meanwhile. */
  settle(): Promise<void>;
  /** CPU time of the process so far in ms, all threads, read from outside where the system allows it. */
  cpuMs(): Promise<number>;
  /** Sends a signal to the student's process only. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process has ended, by whomever. */
  readonly exit: Promise<SubjectExit>;
  /** What it printed so far, stdout and stderr together, shortened to head and tail. */
  output(): string;
  /** False once the process has ended. */
  readonly alive: boolean;
  /** The empty folder it was started in; removed at shutdown. */
  readonly scratch: string;
  /** Forgets calls that a finished check left waiting. */
  abandonCalls(): void;
  /** Ends the process and everything it started. Safe to call twice. */
  shutdown(): Promise<void>;
}
