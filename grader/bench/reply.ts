/**
 * Reads HTTP/1.x replies from a stream, however it is cut: `feed` gives the same answers for every cut.
 *
 * It reads status lines, Content-Length, chunks with extensions and trailers, bodies that end with the connection,
 * skips 1xx, and knows that HEAD, 204 and 304 have no body. Whatever it does not know for sure (two lengths that
 * differ, a length beside chunks, a bare line feed, another transfer coding) is a `problem`: a load client that
 * guesses where a reply ends miscounts all that follow.
 */
import { characters, checkBeginning, findHeadEnd, framing, HeadMemory, hexValue, parseHead } from './head.ts';
import { Store } from './store.ts';

export const maxHeadBytes = 65_536;
const maxLineBytes = 4_096;
const maxChunkBytes = 2 ** 40;

/** Where the reader is. */
const inHead = 0;
const inBody = 1;
const inSize = 2;
const inExtension = 3;
const inSizeEnd = 4;
const inChunk = 5;
const inChunkCr = 6;
const inChunkLf = 7;
const inTrailer = 8;
const inTrailerEnd = 9;
const untilClose = 10;
const done = 11;

const empty = Buffer.alloc(0);
const { cr, lf, semicolon, space, tab } = characters;

export class ReplyReader {
  status = 0;
  /** The server will close the connection after this reply. */
  close = false;
  /** The body of a whole reply is `bytes[from..to)`, until the next `feed`. */
  bytes: Buffer = empty;
  from = 0;
  to = 0;
  /** The body was longer than was to be kept. */
  cut = false;
  /** Why the stream is no HTTP, as a phrase that follows "the reply"; empty while all is well. */
  problem = '';

  readonly #memory: HeadMemory;
  readonly #bodiless: boolean;
  readonly #keep: number;
  #state = inHead;
  /** Pieces of a head that is not whole, or of a body that came in several reads. */
  readonly #store = new Store();
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** Bytes of a chunk's extension, or of all trailers. */
  #line = 0;
  /** Of a chunk's size; of one trailer, its bytes. */
  #digits = 0;

  /** `memory` may be shared by all connections to one server; at most `keep` bytes of a body are kept. */
  constructor(memory = new HeadMemory(), options: { bodiless?: boolean; keep?: number } = {}) {
    this.#memory = memory;
    this.#bodiless = options.bodiless ?? false;
    this.#keep = options.keep ?? 65_536;
  }

  get whole(): boolean {
    return this.#state === done;
  }

  /** Forgets the reply that was read, and is ready for the next one. */
  next(): void {
    this.#state = inHead;
    this.#store.length = 0;
    this.problem = '';
    this.cut = false;
    this.from = 0;
    this.to = 0;
    this.bytes = empty;
  }

  /** Reads on in `bytes[at..end)` up to the end of one reply; gives the position after the last byte it used. */
  feed(bytes: Buffer, at: number, end: number): number {
    let position = at;
    while (position < end && this.#state !== done && this.problem === '') {
      if (this.#state === inHead) position = this.#readHead(bytes, position, end);
      else if (this.#state === inBody) position = this.#readBody(bytes, position, end);
      else if (this.#state === inChunk) position = this.#readChunk(bytes, position, end);
      else if (this.#state === untilClose) position = this.#collect(bytes, position, end);
      else this.#readFraming(bytes[position++] as number);
    }
    return position;
  }

  /** The server closed the connection in good order: true when that is the end of a reply. */
  finish(): boolean {
    if (this.#state !== untilClose) return false;
    this.#end();
    return true;
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    if (this.#store.length === 0) {
      const known = this.#memory.recall(bytes, at, end);
      if (known !== undefined) {
        this.#begin(known.status, known.framing, known.length, known.close);
        return at + this.#memory.length;
      }
      const stop = findHeadEnd(bytes, at, end);
      if (stop !== -1) {
        this.#takeHead(bytes, at, stop);
        return stop;
      }
    }
    const before = this.#store.length;
    this.#store.append(bytes, at, end);
    const stop = findHeadEnd(this.#store.bytes, Math.max(0, before - 3), this.#store.length);
    if (stop !== -1) {
      this.#store.length = 0;
      this.#takeHead(this.#store.bytes, 0, stop);
      return at + stop - before;
    }
    this.problem =
      this.#store.length > maxHeadBytes
        ? 'has a head of more than 64 KB'
        : (checkBeginning(this.#store.bytes, 0, this.#store.length) ?? '');
    return end;
  }

  #takeHead(bytes: Buffer, from: number, to: number): void {
    const head =
      to - from > maxHeadBytes ? 'has a head of more than 64 KB' : parseHead(bytes, from, to, this.#bodiless);
    if (typeof head === 'string') {
      this.problem = head;
    } else if (head.status >= 200) {
      // A 1xx announces a reply and is none: the reader stays in the head.
      this.#memory.keep(bytes, from, to, head);
      this.#begin(head.status, head.framing, head.length, head.close);
    }
  }

  #begin(status: number, kind: number, length: number, close: boolean): void {
    this.status = status;
    this.close = close;
    this.#left = length;
    if (kind === framing.none || (kind === framing.length && length === 0)) this.#state = done;
    else if (kind === framing.length) this.#state = inBody;
    else if (kind === framing.close) this.#state = untilClose;
    else this.#beginChunk();
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const stop = at + this.#left;
    // The usual reply came in one piece: its body needs no copy.
    if (this.#store.length === 0 && !this.cut && stop <= end) {
      this.bytes = bytes;
      this.from = at;
      this.to = stop;
      this.#state = done;
      return stop;
    }
    const next = this.#collect(bytes, at, Math.min(stop, end));
    this.#left -= next - at;
    if (this.#left === 0) this.#end();
    return next;
  }

  #readChunk(bytes: Buffer, at: number, end: number): number {
    const next = this.#collect(bytes, at, Math.min(at + this.#left, end));
    this.#left -= next - at;
    if (this.#left === 0) this.#state = inChunkCr;
    return next;
  }

  #beginChunk(): void {
    this.#state = inSize;
    this.#left = 0;
    this.#line = 0;
    this.#digits = 0;
  }

  /** One byte of what stands between the chunks. */
  #readFraming(byte: number): void {
    const state = this.#state;
    if (state === inSize) this.#readSize(byte);
    else if (state === inExtension) {
      if (byte === cr) this.#state = inSizeEnd;
      else if (byte === lf || ++this.#line > maxLineBytes) this.problem = 'has a broken chunk extension';
    } else if (state === inSizeEnd) {
      if (byte !== lf) this.problem = 'has a chunk size that does not end with CR LF';
      else if (this.#left > 0) this.#state = inChunk;
      else {
        this.#line = 0;
        this.#beginTrailer();
      }
    } else if (state === inChunkCr) {
      if (byte !== cr) this.problem = 'has a chunk that is longer than its size';
      this.#state = inChunkLf;
    } else if (state === inChunkLf) {
      if (byte !== lf) this.problem = 'has a chunk that is longer than its size';
      this.#beginChunk();
    } else if (state === inTrailer) this.#readTrailer(byte);
    else if (byte !== lf) this.problem = 'has a trailer that does not end with CR LF';
    else if (this.#digits === 0) this.#end();
    else this.#beginTrailer();
  }

  #readSize(byte: number): void {
    const digit = hexValue(byte);
    if (digit >= 0 && this.#line === 0) {
      this.#left = this.#left * 16 + digit;
      this.#digits++;
      if (this.#left > maxChunkBytes || this.#digits > 16) this.problem = 'has a chunk size beyond reason';
    } else if (this.#digits === 0) this.problem = 'has a bad chunk size';
    else if (byte === cr) this.#state = inSizeEnd;
    else if (byte === semicolon) this.#state = inExtension;
    else if (byte === space || byte === tab) this.#line++;
    else this.problem = 'has a bad chunk size';
  }

  #beginTrailer(): void {
    this.#state = inTrailer;
    this.#digits = 0;
  }

  #readTrailer(byte: number): void {
    if (++this.#line > maxHeadBytes) this.problem = 'has trailers of more than 64 KB';
    else if (byte === cr) this.#state = inTrailerEnd;
    else if (byte === lf) this.problem = 'has a trailer that does not end with CR LF';
    else this.#digits++;
  }

  /** Keeps a piece of the body, as far as there is room. */
  #collect(bytes: Buffer, at: number, end: number): number {
    const room = this.#keep - this.#store.length;
    if (end - at > room) this.cut = true;
    this.#store.append(bytes, at, at + Math.min(end - at, room));
    return end;
  }

  #end(): void {
    this.bytes = this.#store.bytes;
    this.from = 0;
    this.to = this.#store.length;
    this.#state = done;
  }
}
