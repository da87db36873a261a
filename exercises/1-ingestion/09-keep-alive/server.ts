/**
 * An HTTP server on bare sockets whose connections stay open and carry many requests.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants". All that is about one
 * connection belongs into connection.ts.
 */
import type { Handler, ServerOptions } from '../02-raw-server/server.ts';
import type { Wording } from './connection.ts';

export type { Reply } from '../02-raw-server/reply.ts';
export type { Handler, ServerOptions } from '../02-raw-server/server.ts';
export type { Wording } from './connection.ts';

export interface KeepAliveOptions extends ServerOptions {
  /** How long a connection may stay open with nothing to do after its last answer; 60,000 when absent. */
  readonly idleTimeoutMs?: number;
  /** How many requests of one connection may be under way: taken and not yet answered; 32 when absent. */
  readonly maxPipelined?: number;
  /** How many requests one connection may carry; any number when absent. */
  readonly maxRequests?: number;
  /** Words what the server answers without its handler: refusals, 408, 500. Must not throw; plain text when absent. */
  readonly refusal?: Wording;
}

export class KeepAliveServer {
  /** Makes the server. It does not listen yet. */
  constructor(handler: Handler, options: KeepAliveOptions = {}) {
    // TODO(human): 1. As in 1.2: a server of node:net, and a Connection for each socket, in a Set. Its Settings are the
    // options with their defaults. (README: Task 1)
    throw new Error('TODO(human): make a server whose connections stay open');
  }

  /** Resolves with the port, which the kernel chooses when `port` is 0; rejects when it is taken. */
  listen(port: number): Promise<number> {
    // TODO(human): 1. As in 1.2. (README: Task 1)
    throw new Error('TODO(human): listen on the port');
  }

  /**
   * Takes no new connections and ends those that are idle. The others are answered what they have asked, the last
   * answer says so, and what is left after `graceMs` is cut off. A second call waits for the same end.
   */
  close(graceMs: number): Promise<void> {
    // TODO(human): 5. As in 1.2, but connections that are open need not have anything to do: each is told to finish.
    // Contract: invariant 12. (README: Task 5)
    throw new Error('TODO(human): close the server');
  }
}
