/** What the gates feed: made from a seed on both sides, so that the judge knows what must come out. */

/** Bytes per feed, as the sockets of a slow network would bring them. */
const PIECE = 1_024;

/** One look per so many bytes is enough to tell whether a body is the one that was sent. */
const STRIDE = 509;

export interface Answer {
  readonly requests: number;
  readonly bytes: number;
  readonly sum: number;
}

/** A body that repeats only after 16 MB. */
function makeBody(size: number, seed: string): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(size);
  let state = Number.parseInt(seed, 16) >>> 0 || 1;
  for (let at = 0; at < size; at++) {
    if (at % 97 === 0) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    body[at] = (state >>> (at % 24)) & 0xff;
  }
  return body;
}

function withLength(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const head = `POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
  return [Buffer.from(head), body];
}

function inChunks(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [
    Buffer.from('POST /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'),
  ];
  for (let at = 0; at < body.length; at += 512) {
    const chunk = body.subarray(at, at + 512);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from('0\r\n\r\n'));
  return parts;
}

function cut(stream: Buffer, piece: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < stream.length; at += piece) pieces.push(stream.subarray(at, at + piece));
  return pieces;
}

/** One request whose Content-Length is `size`, in pieces. */
export function lengthPieces(size: number, seed: string, piece = PIECE): Buffer[] {
  return cut(Buffer.concat(withLength(makeBody(size, seed))), piece);
}

/** The same body twice: by Content-Length, then in chunks of 512 bytes. */
export function bothPieces(size: number, seed: string, piece = PIECE): Buffer[] {
  const body = makeBody(size, seed);
  return cut(Buffer.concat([...withLength(body), ...inChunks(body)]), piece);
}

/** Small requests of together `size` bytes in one piece, then a request with a head of `size / 4`, byte by byte. */
export function smallPieces(size: number, seed: string): Buffer[] {
  const small = Buffer.from(smallRequest(seed).repeat(smallCount(size, seed)));
  const long = Buffer.from(`GET /${seed} HTTP/1.0\r\nX: ${'x'.repeat(size / 4)}\r\n\r\n`);
  return [small, ...cut(long, 1)];
}

function smallRequest(seed: string): string {
  return `PUT /${seed} HTTP/1.0\r\nContent-Length: 2\r\n\r\nok`;
}

function smallCount(size: number, seed: string): number {
  return Math.floor(size / smallRequest(seed).length);
}

/** What must come out of `smallPieces`. */
export function smallAnswer(size: number, seed: string): Answer {
  const bodies = Array.from({ length: smallCount(size, seed) }, () => Buffer.from('ok'));
  return judge([...bodies, Buffer.alloc(0)]);
}

/** A few bytes of each body and all of their lengths. */
export function judge(bodies: readonly Uint8Array[]): Answer {
  let bytes = 0;
  let sum = 0;
  for (const body of bodies) {
    bytes += body.length;
    for (let at = 0; at < body.length; at += STRIDE) sum = (sum * 31 + (body[at] ?? 0)) % 1_000_003;
  }
  return { requests: bodies.length, bytes, sum };
}

/** What must come out when the body came `times` times. */
export function expectedAnswer(size: number, seed: string, times: number): Answer {
  const body = makeBody(size, seed);
  return judge(Array.from({ length: times }, () => body));
}
