/** Given: bodies as bytes that a socket takes. You wrote most of it in 1.2. */

/** A body of at most this many bytes or UTF-16 units is sent with its head; a longer one in pieces of this size. */
export const PIECE = 65_536;

/**
 * The bytes of a short body, each as one character. With 'latin1' as its encoding, `write` sends exactly these: one
 * string takes heads, text and bytes alike.
 */
export function latin1(body: string | Uint8Array): string {
  if (typeof body === 'string') {
    return Buffer.byteLength(body) === body.length ? body : Buffer.from(body).toString('latin1');
  }
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.length);
  return bytes.toString('latin1');
}

/** A body in pieces that are made when they are asked for: text costs memory for one piece at a time. */
export function* piecesOf(body: string | Uint8Array): Generator<string | Uint8Array> {
  let from = 0;
  while (from < body.length) {
    let to = Math.min(from + PIECE, body.length);
    if (typeof body === 'string') {
      // Half of a surrogate pair is no character, and would be sent as U+FFFD.
      if (to < body.length && (body.charCodeAt(to - 1) & 0xfc00) === 0xd800) to--;
      yield body.slice(from, to);
    } else {
      yield body.subarray(from, to); // no copy
    }
    from = to;
  }
}
