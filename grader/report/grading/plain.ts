/**
 * The one gate through which text of submissions reaches a report. Students choose their names, the names of their
 * files and what their code says; all of it is hostile until it went through here. Each format then only escapes
 * what is special to itself.
 */

/** Of one check's or gate's message, in bytes of UTF-8. */
export const messageBytes = 8 * 1024;
/** Of a name, a title, a reason: what has to fit into one cell, in characters. */
export const lineCharacters = 300;

/** No more of a text is even looked at: removing what cannot be shown must not take long. */
const looked = 16 * messageBytes;

/**
 * Escape sequences, in linear time: none of the parts can match what the next one matches. CSI; strings of OSC,
 * DCS, SOS, PM and APC with their end; other escapes.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g;

/**
 * Control characters but newline and tab; marks that reorder text or stand for nothing one could see; halves of
 * surrogate pairs; the two characters that XML refuses.
 */
const unseen =
  /(?![\n\t])\p{Cc}|[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Plain text of several lines, at most `bytes` bytes of UTF-8; a cut is said. */
export function plain(text: string, bytes = messageBytes): string {
  const start = text.length > looked ? text.slice(0, looked) : text;
  const shown = start
    .replaceAll(sequences, '')
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replaceAll(unseen, (found) => (found >= '\ud800' && found <= '\udfff' ? '\ufffd' : ''))
    .trimEnd();
  const whole = start.length === text.length;
  if (whole && Buffer.byteLength(shown) <= bytes) return shown;
  const note = `\n… cut: ${text.length.toLocaleString('en-US')} characters in all`;
  return `${cut(shown, Math.max(0, bytes - Buffer.byteLength(note)))}${note}`;
}

/** As `plain`, on one line of at most `characters` characters. */
export function plainLine(text: string, characters = lineCharacters): string {
  // Three bytes a character and as many spaces to fold: a cut of `plain` lies beyond what is kept.
  const line = plain(text.slice(0, characters * 16), characters * 24)
    .replaceAll(/\s+/g, ' ')
    .trim();
  const all = [...line];
  return all.length <= characters ? line : `${all.slice(0, characters - 1).join('')}…`;
}

/** The longest beginning of that many bytes of UTF-8 that ends with a whole character. */
export function cut(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--;
  return buffer.toString('utf8', 0, end);
}
