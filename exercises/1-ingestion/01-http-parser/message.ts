/** What goes into the parser's constructor, and what comes out of `next`. Given; nothing to write here. */

/** The most that a client may send, in bytes. */
export interface Limits {
  /** From the first byte of the request line to the end of the blank line. */
  readonly maxHead: number;
  readonly maxTarget: number;
  /** Of the body's content: what chunked framing adds is not counted here. */
  readonly maxBody: number;
}

export const defaultLimits: Limits = { maxHead: 8_192, maxTarget: 4_096, maxBody: 1_048_576 };

export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Names in lower case; a repeated field is joined with ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Whether the client wants the connection to stay open after the answer. */
  readonly keepAlive: boolean;
}

/** A request that is refused; `status` is what the client should be answered before the connection is closed. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
