/**
 * Turns a stream of bytes, cut anywhere, into HTTP/1.x requests.
 *
 * `feed` appends to one buffer, `next` works through it from the front; three marks in it are all that is remembered
 * between two calls, so that no byte is looked at or moved again because more bytes have come:
 *
 *       start            line          scanned            end
 *   ------|----------------|--------------|-----------------|------
 *    done | complete lines | no end here  |  not looked at  | free
 *
 * A head is parsed when it is complete; an incomplete one costs no more than the search for its end. A body is
 * copied out once, into a buffer that grows with what has come: a client that announces much gets no memory for it.
 */
import { type Head, parseFields, parseHead } from './head.ts';
import { HttpError, type HttpRequest, type Limits } from './message.ts';

export { defaultLimits, HttpError, type HttpRequest, type Limits } from './message.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const NOTHING = Buffer.alloc(0);
const SMALLEST_BUFFER = 1_024;
/** An empty buffer larger than this is given back: a connection that sent much once need not hold it for ever. */
const LARGEST_IDLE_BUFFER = 16_384;

/** Where the parser is between two calls of `next`. */
type State = 'head' | 'body' | 'chunk size' | 'chunk data' | 'chunk end' | 'trailers';

export class HttpParser {
  readonly #limits: Limits;
  #failure: unknown;

  #buffer = NOTHING;
  #start = 0;
  #line = 0;
  #scanned = 0;
  #end = 0;
  /** Bytes from `start` to the target of a request line that is still coming; 0 while the method is. */
  #beforeTarget = 0;

  #state: State = 'head';
  #head: Head | undefined;
  #body = new Body();
  /** Bytes that are still to come, of the body or of the chunk. */
  #missing = 0;
  /** Bytes of chunk extensions so far: a body of tiny chunks with long extensions must have a limit too. */
  #extensions = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Copies: the caller may reuse `bytes`, as a socket with a fixed read buffer does. */
  feed(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The next request in the order they came; null when more bytes are needed. Throws an HttpError, then always. */
  next(): HttpRequest | null {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#advance();
    } catch (error) {
      // Where the next request begins is unknown now, so nothing that follows can be believed.
      this.#failure = error;
      this.#buffer = NOTHING;
      this.#body = new Body();
      throw error;
    }
  }

  /** Whether the client waits for "100 Continue" before it sends its body. To be asked when `next` gave null. */
  get wantsContinue(): boolean {
    if (this.#head?.expectsContinue !== true) return false;
    const before = this.#state === 'body' || this.#state === 'chunk size';
    return before && this.#body.length === 0 && this.#start === this.#end;
  }

  #advance(): HttpRequest | null {
    for (;;) {
      switch (this.#state) {
        case 'head':
          if (!this.#readHead()) return null;
          break;
        case 'body':
          if (!this.#readData()) return null;
          return this.#finish();
        case 'chunk size':
          if (!this.#readChunkSize()) return null;
          break;
        case 'chunk data':
          if (!this.#readData()) return null;
          this.#state = 'chunk end';
          break;
        case 'chunk end':
          if (!this.#readChunkEnd()) return null;
          break;
        case 'trailers':
          if (!this.#readTrailers()) return null;
          return this.#finish();
      }
    }
  }

  #readHead(): boolean {
    const scanned = this.#scanned;
    const end = this.#findBlankLine(this.#limits.maxHead);
    if (end === -1) {
      if (this.#line === this.#start) this.#measureTarget(scanned);
      return false;
    }
    this.#head = parseHead(this.#buffer, this.#start, end, this.#limits);
    this.#consume(end);
    const { framing } = this.#head;
    if (framing === 'chunked') {
      this.#state = 'chunk size';
    } else {
      this.#state = 'body';
      this.#missing = framing;
    }
    return true;
  }

  /** A target can be too long before its line ends. `scanned`: up to there no space was found before. */
  #measureTarget(scanned: number): void {
    const line = this.#buffer.subarray(this.#start, this.#end);
    if (this.#beforeTarget === 0) {
      this.#beforeTarget = line.indexOf(SPACE, Math.max(0, scanned - this.#start)) + 1;
      if (this.#beforeTarget === 0) return;
    }
    const tooLong = this.#beforeTarget + this.#limits.maxTarget + 1;
    if (line.length < tooLong || line.subarray(this.#beforeTarget, tooLong).includes(SPACE)) return;
    throw new HttpError(414, 'the target is too long');
  }

  /** Moves what has come of the missing bytes into the body. True when none is missing any more. */
  #readData(): boolean {
    const count = Math.min(this.#missing, this.#end - this.#start);
    if (count > 0) {
      const framing = this.#head?.framing ?? 0;
      const most = framing === 'chunked' ? this.#limits.maxBody : framing;
      this.#body.append(this.#buffer, this.#start, this.#start + count, most);
      this.#missing -= count;
      this.#consume(this.#start + count);
    }
    return this.#missing === 0;
  }

  /** Hex digits, perhaps extensions that nobody needs, CRLF. */
  #readChunkSize(): boolean {
    const end = this.#findLine(this.#limits.maxHead - this.#extensions);
    if (end === -1) return false;
    const line = this.#buffer.toString('latin1', this.#start, end - 2);
    // Digits from the first place on, 16 at most. A value in quotes may hold a semicolon, but never a control character.
    const [, digits = ''] = /^([0-9a-f]{1,16})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line) ?? [];
    const size = Number.parseInt(digits, 16);
    if (!Number.isSafeInteger(size)) throw new HttpError(400, 'a chunk must begin with its size in hex');
    if (this.#body.length + size > this.#limits.maxBody) {
      throw new HttpError(413, `more than ${this.#limits.maxBody} bytes`);
    }
    this.#extensions += line.length - digits.length;
    this.#consume(end);
    this.#missing = size;
    this.#state = size === 0 ? 'trailers' : 'chunk data';
    return true;
  }

  /** The data must end where its size said. Who skips to the next line end instead can be led astray. */
  #readChunkEnd(): boolean {
    if (this.#end - this.#start < 2) return false;
    if (this.#buffer[this.#start] !== CR || this.#buffer[this.#start + 1] !== LF) {
      throw new HttpError(400, 'a chunk is longer than its size');
    }
    this.#consume(this.#start + 2);
    this.#state = 'chunk size';
    return true;
  }

  /** Checked like fields and then dropped: a trailer must not become a header after all the decisions. */
  #readTrailers(): boolean {
    const end = this.#findBlankLine(this.#limits.maxHead - this.#extensions);
    if (end === -1) return false;
    parseFields(this.#buffer, this.#start, this.#buffer.toString('latin1', this.#start, end), this.#start);
    this.#consume(end);
    return true;
  }

  #finish(): HttpRequest {
    const head = this.#head;
    if (head === undefined) throw new Error('a body without a head');
    const { method, target, version, headers, keepAlive } = head;
    const body = this.#body.take();
    this.#head = undefined;
    this.#extensions = 0;
    this.#state = 'head';
    return { method, target, version, headers, body, keepAlive };
  }

  /** The end of the first line after `line`, or -1. Goes on where the last search stopped. */
  #findLine(limit: number): number {
    const buffer = this.#buffer;
    const end = Math.min(this.#end, this.#start + limit);
    for (let at = this.#scanned; at < end; at++) {
      if (buffer[at] !== LF) continue;
      if (at === this.#line || buffer[at - 1] !== CR) throw new HttpError(400, 'a line must end with CR LF');
      this.#scanned = at + 1;
      return at + 1;
    }
    this.#scanned = end;
    if (end < this.#start + limit) return -1;
    // The request line alone is that long, which only its target can be.
    if (this.#state === 'head' && this.#line === this.#start)
      throw new HttpError(414, 'the target is too long');
    throw new HttpError(431, `more than ${this.#limits.maxHead} bytes of fields`);
  }

  /** The end of the first blank line, or -1. Blank lines before a request line are skipped. */
  #findBlankLine(limit: number): number {
    for (;;) {
      const end = this.#findLine(limit);
      if (end === -1) return -1;
      const isBlank = end - this.#line === 2;
      if (isBlank && this.#state === 'head' && this.#line === this.#start) this.#consume(end);
      else if (isBlank) return end;
      else this.#line = end;
    }
  }

  /** All before `at` is done. */
  #consume(at: number): void {
    this.#start = at;
    this.#line = at;
    this.#scanned = at;
    this.#beforeTarget = 0;
    if (at < this.#end) return;
    this.#start = this.#line = this.#scanned = this.#end = 0;
    if (this.#buffer.length > LARGEST_IDLE_BUFFER) this.#buffer = NOTHING;
  }

  /**
   * Moves what is not done to the front, of a larger buffer if need be. Moving within the buffer only when that frees
   * half of it, and doubling otherwise, keeps the bytes moved below twice the bytes fed.
   */
  #makeRoom(count: number): void {
    const unread = this.#end - this.#start;
    const fits = unread + count <= this.#buffer.length && this.#start >= unread;
    const size = fits ? this.#buffer.length : Math.max(SMALLEST_BUFFER, 2 * unread, unread + count);
    const room = fits ? this.#buffer : Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(room, 0, this.#start, this.#end);
    this.#buffer = room;
    this.#line -= this.#start;
    this.#scanned -= this.#start;
    this.#end = unread;
    this.#start = 0;
  }
}

/** The body so far, in a buffer that doubles. */
class Body {
  #bytes = NOTHING;
  length = 0;

  /** A body in one piece gets a buffer that fits; one that comes in many is moved at each doubling, up to `most`. */
  append(source: Buffer, from: number, to: number, most: number): void {
    const length = this.length + to - from;
    if (length > this.#bytes.length) {
      // Not filled with zeros, and small ones are cut from a common pool: `new Uint8Array` costs six times as much.
      const bytes = Buffer.allocUnsafe(Math.max(length, Math.min(most, 2 * this.#bytes.length)));
      this.#bytes.copy(bytes, 0, 0, this.length);
      this.#bytes = bytes;
    }
    source.copy(this.#bytes, this.length, from, to);
    this.length = length;
  }

  /** The bytes, which are the caller's from now on. */
  take(): Uint8Array {
    const bytes = this.length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.length);
    this.#bytes = NOTHING;
    this.length = 0;
    return bytes;
  }
}
