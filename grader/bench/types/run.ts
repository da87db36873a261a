/** What is kept of a bench: what was loaded, what was measured and what it says. */
import type { LoadResult, LoadSpec } from './load.ts';

/** What kept the figure from being higher; LOAD.md's rule, see limiter.ts. */
export type Limit = 'server' | 'generator' | 'machine' | 'concurrency' | 'schedule' | 'unknown';

export interface Bottleneck {
  readonly limit: Limit;
  /** Cores that the server's process tree used; null when it is not ours to look at. */
  readonly serverCores: number | null;
  /** One sentence for the reader; starts with "warning:" never, the report decides how it looks. */
  readonly says: string;
  /** The figure may be the generator's and not the server's: print it as a warning. */
  readonly doubtful: boolean;
}

/** What was loaded. */
export interface Target {
  /** `exercise`: the student's server; `url`: any; the others stand beside the student's in a comparison. */
  readonly kind: 'exercise' | 'url' | 'yardstick' | 'solution' | 'saved';
  /** How reports call it: `0.6 The monitor`, `the yardstick`, `saved "before"`. */
  readonly name: string;
  /** Id of the exercise, when it belongs to one; a request that is not the exercise's own belongs to none. */
  readonly exercise?: string;
}

/** How a server ended that was under load. */
export interface Death {
  /** The sentence for the student. */
  readonly says: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The end of what it printed. */
  readonly output: string;
}

export interface Measurement {
  readonly target: Target;
  readonly spec: LoadSpec;
  readonly result: LoadResult;
  readonly bottleneck: Bottleneck;
  /** The server ended during the load, and the load with it; `result.interrupted` is true then too. */
  readonly died?: Death;
}

/** Ratio of one side over the other, with its interval of 95 %. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Two servers, loaded in turn. */
export interface Comparison {
  readonly other: Target;
  /** Turns of each side. */
  readonly rounds: number;
  /** The student's over the other's; above 1 is faster. */
  readonly rate: Ratio;
  /** Below 1 is faster. Null where a side had no success. */
  readonly p50: Ratio | null;
  readonly p99: Ratio | null;
  /** The other's figures over all its turns. */
  readonly measured: Measurement;
}

/** A comparison that ended with one of its servers: what was measured until then stays, and nothing is compared. */
export interface BrokenOff {
  readonly other: Target;
  /** The other's figures until then; absent when it had not had its turn. */
  readonly measured?: Measurement;
  /** When it was the other that died; else `died` of the own measurement says how. */
  readonly died?: Death;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly platform: string;
  /** One-minute load average when the run began. */
  readonly load: number;
}

/** One `craft bench`: `.craft/bench/<number>.json`, and what `--json` prints. */
export interface BenchRun {
  readonly schema: 1;
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly craft: string;
  readonly node: string;
  readonly machine: Machine;
  /** The student's repository: the commit, and whether files differ from it. Null without git. */
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
  /** `--save` */
  readonly name?: string;
  /** One measurement, or one per client count of a sweep, in its order. */
  readonly measurements: readonly Measurement[];
  readonly comparison?: Comparison;
  readonly brokenOff?: BrokenOff;
}
