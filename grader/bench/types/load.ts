/** What travels through a load: a LoadSpec goes to the generator, a LoadResult comes back. */

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
  /** These in turn instead, with a Content-Type among the headers; each generator process has them all. */
  readonly bodies?: readonly Uint8Array[];
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
  /**
   * How often bytes came on a connection on which nothing was asked for; it was closed then. Earlier replies on it may
   * have been taken for those of other requests. Left out when it never happened.
   */
  readonly unasked?: number;
  /** Ended early by the user: the figures are those of what was measured. */
  readonly interrupted: boolean;
}
