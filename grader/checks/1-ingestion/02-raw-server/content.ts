/** A long body, for both sides: what the server is given to send, and what the client must have read. */

export type Form = 'text' | 'bytes';

/** Lines that are all different, so that a piece too many or too few shows. Bytes are no UTF-8, text is ASCII. */
export function long(form: Form, size: number): Buffer {
  const bytes = Buffer.alloc(size, form === 'text' ? '.' : 0xff);
  for (let at = 0; at + 16 <= size; at += 64) bytes.write(`${at}\n`, at, 'latin1');
  return bytes;
}
