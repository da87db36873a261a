/** What the explorer knows of a play: its threads, its states, and how it came there. */
import type { Access } from './stage.ts';

/** What a thread does: everything from its constructors on. `tell` is a step like an access, which others can see. */
export type Program = (buffer: SharedArrayBuffer, tell: (line: string) => void) => void;

export interface Play {
  readonly bytes: number;
  readonly programs: readonly Program[];
  /** Whether all programs are the same. */
  readonly alike?: boolean;
  /**
   * What is wrong with what was told so far (`A: in`); undefined if nothing is. It may go by what each thread has told,
   * not by the order among threads: that is not a part of a state.
   */
  judge(told: readonly string[], over: boolean): string | undefined;
  /** Whether threads look at the memory without being seen; not where each access is a step. */
  readonly unseen?: boolean;
  /** Most states to look at: a design with many steps is looked at in part. */
  readonly most?: number;
}

export interface Problem {
  readonly kind: 'judge' | 'asleep' | 'timeout' | 'spins' | 'threw';
  readonly what: string;
  /** The steps that led there, one a line. */
  readonly story: string[];
}

export interface Found {
  /** How many different states were seen. */
  readonly states: number;
  /** Whether a cell was read or written without Atomics. */
  readonly plain: boolean;
  /** The most threads that one notify woke. */
  readonly woken: number;
  /** Whether a thread slept with a time-out. */
  readonly timed: boolean;
  readonly problem?: Problem;
}

export interface Step {
  readonly memory: Uint8Array;
  readonly result: unknown;
}

export interface Thread {
  readonly steps: readonly Step[];
  /** A number for all that this thread has seen. */
  readonly seen: number;
  readonly status: 'ready' | 'asleep' | 'done';
  /** Address that it sleeps at. */
  readonly at: number;
  /** Whether it would wake by itself some time. */
  readonly hasTimeout: boolean;
}

export interface State {
  readonly memory: Uint8Array;
  readonly threads: readonly Thread[];
  /** Who sleeps, in the order in which they will be woken. */
  readonly sleepers: readonly number[];
  readonly told: readonly string[];
  /** How we came here; shared with the states on the way. */
  readonly story: Story | undefined;
}

export interface Story {
  readonly line: string;
  readonly before: Story | undefined;
}

export function nameOf(index: number): string {
  return 'ABCD'[index] ?? `${index}`;
}

export function textOf({ kind, at, args }: Access): string {
  if (kind === 'read' || kind === 'write') return `plain ${kind} of the cell ${args.join('')}`.trim();
  return `${kind}(${[`@${at}`, ...args.map(String)].join(', ')})`;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
