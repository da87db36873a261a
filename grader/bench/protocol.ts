/** What travels between `load.ts` and its generator processes. Plain data, one answer to each command but `stop`. */
import type { TallyReport } from './tally.ts';
import type { Extent, LoadSpec } from './types.ts';

/** What one of `of` processes has to do. */
export interface Job {
  readonly spec: LoadSpec;
  readonly worker: number;
  readonly of: number;
  /** Its part of the clients. */
  readonly clients: number;
  readonly tickMs: number;
}

/** Part of an extent; in the open mode the whole, for there is one timetable for all. */
export type Part = Extent;

export type Command =
  | { readonly verb: 'open'; readonly job: Job }
  | { readonly verb: 'warm-up'; readonly part: Part }
  /** Gets everything ready, so that the start itself costs nothing. */
  | { readonly verb: 'prepare'; readonly part: Part }
  /** `at` is a moment of the system's monotonic clock, in ms: all processes start together. */
  | { readonly verb: 'start'; readonly at: number }
  | { readonly verb: 'stop' };

/** What one process measured. */
export interface RunReport {
  readonly tally: TallyReport;
  readonly planned: number;
  readonly windowMs: number;
  readonly totalMs: number;
  /** In the window, without waiting awake. */
  readonly cores: number;
  readonly loop: number;
  /** Latenesses, as a histogram. */
  readonly lags: string;
  readonly stopped: boolean;
}

export interface WarmUpReport {
  readonly requests: number;
  readonly ms: number;
}

export type Message =
  | { readonly kind: 'done'; readonly run?: RunReport; readonly warmUp?: WarmUpReport }
  /** `at` is a moment of the monotonic clock. */
  | { readonly kind: 'progress'; readonly at: number; readonly ended: number; readonly failed: number }
  /** A bug: nothing that a server does leads here. */
  | { readonly kind: 'broken'; readonly message: string };

/** Now, on a clock that all processes of the machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
