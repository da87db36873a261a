/**
 * One connection, open for any number of requests: a queue, into which they go in the order they came, and which their
 * answers leave in the same order.
 *
 * The whole contract is in README.md beside this file, under "Invariants".
 */
import type { Socket } from 'node:net';
import type { Limits } from '../01-http-parser/parser.ts';
import type { Reply } from '../02-raw-server/reply.ts';
import type { Handler } from '../02-raw-server/server.ts';

// Given: Incoming (incoming.ts), Deadline (deadline.ts), and PIECE, latin1 and piecesOf (pieces.ts).
// Yours of 1.2: encodeHead(reply, 'close' | 'keep-alive').

/** What the server says when it answers by itself: `reason` is for people, and may be shown to the client. */
export type Wording = (status: number, reason: string) => Omit<Reply, 'status'>;

/** The options of the server, with their defaults filled in. */
export interface Settings {
  readonly limits: Limits;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxPipelined: number;
  readonly maxRequests: number;
  readonly refusal: Wording;
}

export class Connection {
  constructor(socket: Socket, handler: Handler, settings: Settings) {
    // TODO(human): 2. Take requests from an Incoming, call the handler for each at once, and send the replies in the
    // order of the requests. Contract: invariants 1 to 5. (README: Task 2)
    // TODO(human): 3. Read no more than can be answered. Contract: invariants 6 to 8. (README: Task 3)
    // TODO(human): 4. One Deadline: for whom does the connection wait? Contract: invariants 9 to 11. (README: Task 4)
    throw new Error('TODO(human): answer requests in their order');
  }

  /** The server closes: take what has come, and end after the last answer. */
  finish(): void {
    // TODO(human): 5. Contract: invariant 12. (README: Task 5)
    throw new Error('TODO(human): end when all is answered');
  }

  destroy(): void {
    throw new Error('TODO(human): destroy the socket');
  }
}
