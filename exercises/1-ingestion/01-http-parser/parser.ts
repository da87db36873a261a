/**
 * Turns a stream of bytes, cut anywhere, into HTTP/1.x requests.
 *
 * The whole contract is in README.md beside this file. `npx craft verify` tells you how far you are.
 */
import { HttpError, type HttpRequest, type Limits } from './message.ts';

export { defaultLimits, HttpError, type HttpRequest, type Limits } from './message.ts';

export class HttpParser {
  readonly #limits: Limits;
  /** What has come and is not done with. */
  #bytes: Buffer = Buffer.alloc(0);

  // Your own fields go here: where you stopped, the head whose body is still coming, the error.

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Takes the next bytes of the connection, as many as there are. The caller may reuse `bytes` afterwards. */
  feed(bytes: Uint8Array): void {
    // Given, so that you can begin with `next`. It copies all that is there again for each piece that comes: the last
    // task replaces it. (README: Task 6)
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  /**
   * The next request, in the order in which they came; null when more bytes are needed for it.
   * Throws an HttpError when what came is refused, and the same error at every later call.
   */
  next(): HttpRequest | null {
    // TODO(human): 1. Find the blank line that ends the head, and read its first line. (README: Task 1)
    // TODO(human): 3. Take the body; keep what is behind it for the next call. (README: Task 3)
    // TODO(human): 4. Take a chunked body: size, data, size, data ... trailers. (README: Task 4)
    throw new Error('TODO(human): return the next request, or null');
  }

  /**
   * Whether the client waits for "100 Continue" before it sends its body: the head is complete and asks for it, a body
   * is to come, and none of it has. Asked when `next` has returned null.
   */
  get wantsContinue(): boolean {
    // TODO(human): 5. Remember what the head said, and whether anything has come behind it. (README: Task 5)
    throw new Error('TODO(human): tell whether the client waits for permission');
  }
}
