/** A long body, for both sides: what the server is given to send, and what the client must have read. */

/** Lines that are all different, so that a piece too many or too few shows. ASCII only. */
export function long(size: number): Buffer {
  const bytes = Buffer.alloc(size, '.');
  for (let at = 0; at + 16 <= size; at += 64) bytes.write(`${at}\n`, at, 'latin1');
  return bytes;
}
