/** Whether a file can be a program at all. */

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Why these bytes are no UTF-8 text, or nothing when they are. A byte order mark and CRLF are fine. */
export function checkText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'it is UTF-16: save it as UTF-8';
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) return `a NUL byte at offset ${nul}`;
  try {
    decoder.decode(bytes);
    return undefined;
  } catch {
    return 'not valid UTF-8';
  }
}
