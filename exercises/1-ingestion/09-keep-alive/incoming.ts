/**
 * Given: your parser of 1.1, and one thing that it does not tell: whether it still holds something.
 *
 * A connection on which nothing has come since its last request is idle; one on which the beginning of a request has
 * come is not, and its client has to go on. From outside the two look alike: `next` gives null. So the last byte of
 * what came is fed alone. When it completes a request, no byte is left; otherwise it belongs to one that goes on.
 *
 * Some old clients send a CRLF behind a body, which RFC 9112, 2.2, would have ignored. So a CRLF at the end of what came
 * is fed byte by byte, too: one that stands behind a request is no beginning of another. A second one is.
 */
import { HttpParser, type HttpRequest, type Limits } from '../01-http-parser/parser.ts';

const CRLF = [13, 10];
const single = new Uint8Array(1);

export class Incoming {
  readonly #parser: HttpParser;
  /** The last bytes that came, from `#from` to `#to`, until all before them are used up. */
  readonly #held = new Uint8Array(3);
  #from = 0;
  #to = 0;
  /** How many bytes of the CRLF that may follow a request have come; before the first request there is none. */
  #stray = CRLF.length;
  #isEmpty = true;

  constructor(limits: Limits) {
    this.#parser = new HttpParser(limits);
  }

  feed(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length === 0) return;
    while (this.#from < this.#to) this.#feedHeld();
    if (this.#isEmpty && this.#isStray(bytes, 0, length)) {
      this.#parser.feed(bytes); // it knows what to do with empty lines
      return;
    }
    this.#isEmpty = false;
    let cut = length - 1;
    if (bytes[cut] === CRLF[1] && bytes[cut - 1] === CRLF[0]) cut -= 1;
    if (bytes[cut] === CRLF[0] && cut > 0) cut -= 1;
    this.#from = 0;
    this.#to = length - cut;
    for (let i = cut; i < length; i++) this.#held[i - cut] = bytes[i] ?? 0;
    if (cut > 0) this.#parser.feed(bytes.subarray(0, cut));
  }

  /** The next request in the order they came; null when more bytes are needed. Throws what the parser throws. */
  next(): HttpRequest | null {
    if (this.#isEmpty) return null;
    let request = this.#parser.next();
    while (request === null && this.#from < this.#to) {
      this.#feedHeld();
      request = this.#parser.next();
      if (request !== null) this.#complete();
    }
    return request;
  }

  /** Whether every byte that came belongs to a request that `next` has given, or to the CRLF behind one. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** As the parser's: to be asked when `next` gave null. */
  get wantsContinue(): boolean {
    return this.#parser.wantsContinue;
  }

  /** A request ended with the byte that was fed last. What else is held? */
  #complete(): void {
    this.#stray = 0;
    this.#isEmpty = this.#isStray(this.#held, this.#from, this.#to);
    while (this.#isEmpty && this.#from < this.#to) this.#feedHeld();
  }

  /** Whether these bytes are what is missing of the CRLF, or a part of it; then they are noted. */
  #isStray(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from > CRLF.length - this.#stray) return false;
    for (let i = from; i < to; i++) if (bytes[i] !== CRLF[this.#stray + i - from]) return false;
    this.#stray += to - from;
    return true;
  }

  #feedHeld(): void {
    single[0] = this.#held[this.#from++] ?? 0;
    this.#parser.feed(single);
  }
}
