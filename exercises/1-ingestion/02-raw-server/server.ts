/**
 * An HTTP server on bare sockets: one request and one reply per connection.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import type { HttpRequest, Limits } from '../01-http-parser/parser.ts';
import type { Reply } from './reply.ts';

export type { Reply } from './reply.ts';

export type Handler = (request: HttpRequest) => Reply | Promise<Reply>;

export interface ServerOptions {
  /** What a request may measure; `defaultLimits` when absent. */
  readonly limits?: Limits;
  /** Connections that the kernel keeps for a server that is busy; 1,024 when absent. */
  readonly backlog?: number;
  /**
   * How long a client may take, from connecting, until its request is complete; after that, how long its kernel
   * may take nothing of its reply, and how long it may take to close its side. 10,000 when absent.
   */
  readonly headTimeoutMs?: number;
}

// Most of what you write is about one connection: its socket, its parser, its timer. A class of its own, `Connection`,
// made for each socket that the server accepts, keeps that together.

export class RawServer {
  /** Makes the server. It does not listen yet. */
  constructor(handler: Handler, options: ServerOptions = {}) {
    // TODO(human): 2. Make a server of node:net. For each socket: parse what comes, call the handler, send its reply,
    // end the connection. Contract: invariants 3 to 7. (README: Task 2)
    // TODO(human): 3. A long reply leaves in pieces, no faster than the client reads. Contract: invariant 9. (README: Task 3)
    // TODO(human): 4. No client may keep a connection by doing nothing. Contract: invariants 10 to 12. (README: Task 4)
    throw new Error('TODO(human): answer what the clients ask');
  }

  /** Resolves with the port, which the kernel chooses when `port` is 0; rejects when it is taken. */
  listen(port: number): Promise<number> {
    // TODO(human): 2. Listen with the backlog of the options. Contract: invariant 8. (README: Task 2)
    throw new Error('TODO(human): listen on the port');
  }

  /**
   * Takes no new connections, destroys those on which nothing has come, lets those that have begun a request
   * finish it, and cuts off what is left after `graceMs`. Resolves when nothing is open any more. A second call
   * waits for the same end.
   */
  close(graceMs: number): Promise<void> {
    // TODO(human): 5. Stop in an order that keeps promises, and not for ever. Contract: invariant 13. (README: Task 5)
    throw new Error('TODO(human): close the server');
  }
}
