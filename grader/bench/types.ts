/** What travels through a bench: a LoadSpec goes to the generator, a LoadResult comes back, a BenchRun is kept. */

/** How requests are timed: never both in one number. */
export type LoadMode =
  /** Each connection sends its next request when the last reply is whole: measures capacity. */
  | { readonly kind: 'closed' }
  /** Requests are due at random times at this mean rate, whatever the server does: measures what users wait. */
  | { readonly kind: 'open'; readonly rate: number };

/** Whichever comes first ends it. */
export interface Extent {
  readonly requests?: number;
  readonly ms?: number;
}

/** What each request carries. The bodies are made before the clock starts, from the seed. */
export type Payload =
  /** One metric, or `{"metrics":[…]}` when `batch` is above 1. `bytes` pads a body to at least that size. */
  | { readonly kind: 'metrics'; readonly batch: number; readonly bytes?: number }
  /** The same text each time. */
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string }
  | { readonly kind: 'none' };

/** What counts as a success. */
export interface Expectation {
  readonly status: number;
  /** Members that the reply's JSON must have, with these values; `"$batch"` stands for the number of metrics sent. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** One load. Everything in it decides what is sent; nothing else does. */
export interface LoadSpec {
  /** `http://127.0.0.1:8080/metrics` */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Payload;
  readonly expect: Expectation;
  readonly mode: LoadMode;
  /** Connections; in the open mode the most that may be under way (times `pipeline`). */
  readonly clients: number;
  /** Requests under way on one connection. */
  readonly pipeline: number;
  /** False: a new connection for each request. */
  readonly keepAlive: boolean;
  readonly timeoutMs: number;
  /** Sent before the clock starts and not counted. */
  readonly warmup: Extent;
  readonly measure: Extent;
  /** Generator processes; the clients, and the rate, are dealt out among them. */
  readonly workers: number;
  readonly seed: string;
}

/** How many requests ended how. Each request that was sent is in exactly one of them. */
export interface Outcomes {
  /** The expected status with the expected body. */
  readonly succeeded: number;
  /** The expected status with another body. */
  readonly wrongBody: number;
  /** Other statuses: `{ '429': 3, '503': 12 }`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** No whole reply within `timeoutMs`. */
  readonly timeouts: number;
  /** The connection ended before the reply was whole. */
  readonly resets: number;
  /** Nobody listened, or not in time. */
  readonly refused: number;
  /** Bytes that are no HTTP reply, or one that this client does not read. */
  readonly garbage: number;
}

/** Of successful requests, in ms; null when there was none. */
export interface Latency {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What the generator did to be told apart from the server. */
export interface GeneratorUse {
  /** Cores that the busiest generator process used: 1 is one full core. */
  readonly cores: number;
  /** Share of time in which its event loop had work, 0-1. */
  readonly loop: number;
  /** Open mode: how late requests left although a connection was free, ms; 0 in the closed mode. */
  readonly lagP99: number;
  readonly lagMax: number;
}

/** A figure of one moment, for curves over time. */
export interface Tick {
  /** Since the clock started, ms. */
  readonly at: number;
  /** Requests ended since the tick before. */
  readonly ended: number;
  readonly failed: number;
}

export interface LoadResult {
  /** ISO 8601, UTC: when the clock started. */
  readonly startedAt: string;
  /** From then to the end of the last request, ms. */
  readonly ms: number;
  /** Open mode: requests that were due; closed: those sent. */
  readonly planned: number;
  readonly sent: number;
  readonly outcomes: Outcomes;
  /** Requests a second that were due (open), null in the closed mode. */
  readonly offered: number | null;
  /** Successes a second. */
  readonly rate: number;
  readonly latency: Latency | null;
  /** The latencies as hdr-histogram-js writes them (V2, compressed, base64), in microseconds. */
  readonly histogram: string;
  readonly generator: GeneratorUse;
  readonly warmup: { readonly requests: number; readonly ms: number };
  readonly ticks: readonly Tick[];
  /** What one failed request met, for a person to see: the first of each kind. */
  readonly examples: readonly string[];
  /** Ended early by the user: the figures are those of what was measured. */
  readonly interrupted: boolean;
}

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
}

/** The best closed-loop figure of an exercise, for `craft list`. */
export interface BestFigure {
  /** Successes a second; every request succeeded. */
  readonly rate: number;
  /** ms */
  readonly p99: number;
  readonly clients: number;
  /** Of the run. */
  readonly number: number;
}

/** What the student said at one time. */
export interface Guess {
  readonly answer: string;
  /** Requests a second. */
  readonly rate?: number;
  /** ms */
  readonly p99?: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** False: said when a bench of this exercise had been seen already. */
  readonly beforeFirstBench: boolean;
}

/** The guess that counts: the last before the first bench, else the first of all. */
export interface Prediction extends Guess {
  /** The others, in the order in which they were said. */
  readonly revisions: readonly Guess[];
}

/** One figure of a prediction against what was measured. */
export interface PredictedFigure {
  readonly what: 'rate' | 'p99';
  readonly predicted: number;
  /** Null when nothing could be measured. */
  readonly measured: number | null;
  /** Measured over predicted. */
  readonly ratio: number | null;
}

export interface PredictionCheck {
  readonly prediction: Prediction;
  readonly figures: readonly PredictedFigure[];
}

/** A measurement and the run that it is from. */
export interface Measured {
  readonly run: BenchRun;
  readonly measurement: Measurement;
}

/** What a phase gained: the Result of `PERFORMANCE.md`. */
export interface Gain {
  readonly after: Measured;
  /** Absent when there is nothing earlier. */
  readonly before?: Measured;
  /** Null when there is no before, or it was loaded in another way: a ratio would say nothing. */
  readonly ratio: GainRatio | null;
  /** All client counts of the newest run, when it was a sweep. */
  readonly sweep: readonly Measurement[];
}

/** After over before; null where a side had no success. */
export interface GainRatio {
  readonly rate: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** What `craft journal` did to a phase's section. */
export type JournalAction =
  /** A new section. */
  | 'added'
  | 'updated'
  | 'unchanged'
  /** The student had removed the comment lines: the result went to the end of the section. */
  | 'appended';
