/**
 * Given: your parser of 1.1, and one thing that it does not tell: whether it still holds something.
 *
 * A connection on which nothing has come since its last request is idle; one on which the beginning of a request has
 * come is not, and its client has to go on. From outside the two look alike: `next` gives null. So the last byte of
 * what came is fed alone. When it completes a request, no byte is left; otherwise it belongs to one that goes on.
 */
import { HttpParser, type HttpRequest, type Limits } from '../01-http-parser/parser.ts';

const single = new Uint8Array(1);

export class Incoming {
  readonly #parser: HttpParser;
  /** The last byte that came, until all before it is used up. */
  #last: number | undefined;
  #isEmpty = true;

  constructor(limits: Limits) {
    this.#parser = new HttpParser(limits);
  }

  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#feedLast();
    this.#isEmpty = false;
    this.#last = bytes[bytes.length - 1];
    if (bytes.length > 1) this.#parser.feed(bytes.subarray(0, -1));
  }

  /** The next request in the order they came; null when more bytes are needed. Throws what the parser throws. */
  next(): HttpRequest | null {
    if (this.#isEmpty) return null;
    const request = this.#parser.next();
    if (request !== null || this.#last === undefined) return request;
    this.#feedLast();
    const completed = this.#parser.next();
    this.#isEmpty = completed !== null;
    return completed;
  }

  /** Whether every byte that came belongs to a request that `next` has given. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** As the parser's: to be asked when `next` gave null. */
  get wantsContinue(): boolean {
    return this.#parser.wantsContinue;
  }

  #feedLast(): void {
    if (this.#last === undefined) return;
    single[0] = this.#last;
    this.#last = undefined;
    this.#parser.feed(single);
  }
}
