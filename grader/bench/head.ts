/** The head of an HTTP/1.x reply: its status, and how its body ends. Strict: what it does not know, it refuses. */

/** How a body ends. */
export const framing = {
  none: 0,
  length: 1,
  chunked: 2,
  /** When the server closes the connection. */
  close: 3,
} as const;

export interface Head {
  readonly status: number;
  readonly framing: number;
  /** Of a body with framing `length`. */
  readonly length: number;
  /** No other reply follows on this connection. */
  readonly close: boolean;
}

const cr = 13;
const lf = 10;
const headEnd = Buffer.from('\r\n\r\n');
const httpVersion = Buffer.from('HTTP/1.');
const noHttp = 'is no HTTP reply';

/** What is wrong with the beginning of a head that is not whole yet; undefined while it may become one. */
export function checkBeginning(bytes: Buffer, from: number, to: number): string | undefined {
  const length = Math.min(httpVersion.length, to - from);
  if (bytes.compare(httpVersion, 0, length, from, from + length) !== 0) return noHttp;
  for (let at = bytes.indexOf(lf, from); at !== -1 && at < to; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at - 1] !== cr) return 'has a line that does not end with CR LF';
  }
  return undefined;
}

/** Reads a head that is whole, its empty line included; a string says what is wrong with it. */
export function parseHead(bytes: Buffer, from: number, to: number, bodiless: boolean): Head | string {
  const text = bytes.toString('latin1', from, to - 4);
  const lines = text.split('\r\n');
  const first = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r\n\0]*)?$/.exec(lines[0] ?? '');
  if (first === null) return noHttp;
  const fields = readFields(lines);
  if (typeof fields === 'string') return fields;
  const status = Number(first[2]);
  if (status === 101) return 'changes to another protocol';
  const persists = first[1] === '1' ? !fields.tokens.includes('close') : fields.tokens.includes('keep-alive');
  const reply = { status, length: 0, close: !persists };
  if (fields.chunked && (fields.length !== undefined || first[1] === '0')) {
    return 'says twice, and differently, where its body ends';
  }
  if (bodiless || status < 200 || status === 204 || status === 304)
    return { ...reply, framing: framing.none };
  if (fields.chunked) return { ...reply, framing: framing.chunked };
  if (fields.length === undefined) return { ...reply, framing: framing.close, close: true };
  return { ...reply, framing: framing.length, length: fields.length };
}

interface Fields {
  length: number | undefined;
  chunked: boolean;
  /** Of `Connection`. */
  readonly tokens: string[];
}

function readFields(lines: readonly string[]): Fields | string {
  const fields: Fields = { length: undefined, chunked: false, tokens: [] };
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    // Every other control character in a header is somebody's mistake, but none that moves the body's end.
    if (/[\r\n\0]/.test(line)) return 'has a line that does not end with CR LF';
    const end = line.indexOf(':');
    if (end < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(line.slice(0, end))) return 'has a line that is no header';
    const problem = readField(fields, line.slice(0, end).toLowerCase(), line.slice(end + 1).trim());
    if (problem !== undefined) return problem;
  }
  return fields;
}

function readField(fields: Fields, name: string, value: string): string | undefined {
  if (name === 'content-length') {
    if (!/^\d{1,15}$/.test(value)) return `has a Content-Length of ${JSON.stringify(value.slice(0, 40))}`;
    if (fields.length !== undefined && fields.length !== Number(value)) return 'has two Content-Lengths';
    fields.length = Number(value);
  } else if (name === 'transfer-encoding') {
    if (value.toLowerCase() !== 'chunked' || fields.chunked) {
      return `has a Transfer-Encoding of ${JSON.stringify(value.slice(0, 40))}, which this client does not read`;
    }
    fields.chunked = true;
  } else if (name === 'connection') {
    for (const token of value.split(',')) fields.tokens.push(token.trim().toLowerCase());
  }
  return undefined;
}

/**
 * The last head that was read. Servers answer with the same bytes until the clock in `Date` moves on, so that
 * most heads need one comparison; any other byte, and the head is read anew.
 */
export class HeadMemory {
  readonly #bytes = Buffer.alloc(1_024);
  #length = 0;
  #head: Head | undefined;

  /** The head that begins at `from`, when it is the last one again. */
  recall(bytes: Buffer, from: number, to: number): Head | undefined {
    const end = from + this.#length;
    if (this.#head === undefined || end > to) return undefined;
    return bytes.compare(this.#bytes, 0, this.#length, from, end) === 0 ? this.#head : undefined;
  }

  keep(bytes: Buffer, from: number, to: number, head: Head): void {
    if (to - from > this.#bytes.length) return;
    bytes.copy(this.#bytes, 0, from, to);
    this.#length = to - from;
    this.#head = head;
  }

  /** Of the head that `recall` gave. */
  get length(): number {
    return this.#length;
  }
}

/** Where the head that begins at `from` ends; -1 while it is not whole. */
export function findHeadEnd(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(headEnd, from);
  return at === -1 || at + 4 > to ? -1 : at + 4;
}

/** The value of a hexadecimal digit, -1 for any other byte. */
export function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

export const characters = { cr, lf, semicolon: 59, space: 32, tab: 9 } as const;
