/**
 * From a handler's reply to the bytes before its body. Nothing here touches a socket.
 *
 *   HTTP/1.1 SP status SP reason CRLF  *( name ": " value CRLF )  CRLF
 */
// Given, in status.ts: `reasonOf(status)` and `httpDate()`.

/** What a handler answers. */
export interface Reply {
  /** 200 to 599. */
  readonly status: number;
  /** Date, Connection, Content-Length and Transfer-Encoding are the server's: a handler must not name them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array;
}

/** What becomes of the connection after the reply. Here it is always `close`; 1.9 needs the other one. */
export type After = 'close' | 'keep-alive';

/**
 * The head of a reply, with the blank line at its end; ASCII only. Throws a RangeError for a reply that cannot be
 * said in HTTP: a bad status, a bad name or value of a header, a header that is the server's own.
 */
export function encodeHead(reply: Reply, after: After): string {
  // TODO(human): 1. Write the status line, Date, Connection, Content-Length and the handler's headers; refuse what
  // would be read as something else. Contract: invariants 1 and 2. (README: Task 1)
  throw new Error('TODO(human): write the head of a reply, or refuse it');
}

/** Given: these two end with their head, whatever the handler says. They have no Content-Length either. */
export function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304;
}
