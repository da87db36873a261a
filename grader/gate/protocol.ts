/** What travels between a server gate and its load client, which runs in a process of its own. */

/** A request as bytes, and what its reply must be. */
export interface LoadRequest {
  /** `POST /metrics`, for messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly reply?: Uint8Array;
}

export interface LoadTarget {
  readonly port: number;
  readonly connections: number;
  /** A connection of its own for every request. */
  readonly close: boolean;
  readonly requests: readonly LoadRequest[];
}

export type LoadCommand =
  /** Opens the connections and sends one request over each, so that the clock starts on warm ones. */
  | { readonly verb: 'open'; readonly target: LoadTarget }
  /** Sends until either limit is reached, then waits for the replies under way. */
  | { readonly verb: 'run'; readonly requests: number; readonly ms: number }
  | { readonly verb: 'close' };

export interface LoadReport {
  readonly requests: number;
  readonly ms: number;
  /** CPU time of the client itself: was it the limit? */
  readonly clientCpuMs: number;
  /** The first wrong reply or broken connection; the run stopped there. */
  readonly problem?: string;
}
