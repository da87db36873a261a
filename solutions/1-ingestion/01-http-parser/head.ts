/**
 * Reads one complete head: the request line, the fields, and what they say about the body.
 *
 *   method SP target SP version CRLF  *( name ":" OWS value OWS CRLF )  CRLF
 *
 * It works on bytes from left to right and looks at each of them once. Every byte must be one that the grammar allows
 * at that place: whatever is not expected is refused, nothing is searched for and nothing is repaired. Two parsers
 * that repair the same request differently are how requests are smuggled.
 */
import { HttpError, type HttpRequest, type Limits } from './message.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;

/** A table with a 1 for each byte that may stand in a part of the grammar: one load instead of many comparisons. */
function byteTable(allows: (char: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (allows(String.fromCharCode(byte)) ? 1 : 0));
}

/** Of methods and field names. */
const isToken = byteTable((char) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(char));
/** Of targets: visible ASCII. */
const isVisible = byteTable((char) => /[!-~]/.test(char));
/** Of field values: everything but control characters. The bytes from 0x80 on have no meaning, but are allowed. */
const isText = byteTable((char) => /[\t\x20-\x7e\x80-\xff]/.test(char));

/** How long the body is; `chunked` when the body itself tells. */
export type Framing = number | 'chunked';

export interface Head {
  readonly method: string;
  readonly target: string;
  readonly version: HttpRequest['version'];
  readonly headers: ReadonlyMap<string, string>;
  readonly keepAlive: boolean;
  readonly framing: Framing;
  readonly expectsContinue: boolean;
}

/**
 * The head in `bytes` from `start` to `end`. It must be complete: the last two lines before `end` end in CRLF, so
 * that no loop below can run over the end. Throws an HttpError.
 */
export function parseHead(bytes: Buffer, start: number, end: number, limits: Limits): Head {
  // One conversion for the whole head; names and values are cut out of this string, which costs next to nothing.
  const text = bytes.toString('latin1', start, end);

  let at = start;
  while (isToken[bytes[at] ?? 0] === 1) at++;
  if (at === start || bytes[at] !== SPACE) throw new HttpError(400, 'the method must be a token and a space');
  const method = text.slice(0, at - start);

  const targetStart = ++at;
  while (isVisible[bytes[at] ?? 0] === 1) at++;
  if (at === targetStart || bytes[at] !== SPACE) {
    throw new HttpError(400, 'the target must be visible ASCII and a space');
  }
  if (at - targetStart > limits.maxTarget) throw new HttpError(414, 'the target is too long');
  const target = text.slice(targetStart - start, at - start);

  const lineEnd = text.indexOf('\r\n', at - start);
  const version = parseVersion(text.slice(at + 1 - start, lineEnd));
  const headers = parseFields(bytes, start + lineEnd + 2, text, start);
  requireHost(version, headers);
  return {
    method,
    target,
    version,
    headers,
    keepAlive: wantsKeepAlive(version, headers.get('connection')),
    framing: framingOf(version, headers, limits),
    expectsContinue: version === '1.1' && headers.get('expect')?.toLowerCase() === '100-continue',
  };
}

function parseVersion(text: string): HttpRequest['version'] {
  if (text === 'HTTP/1.1') return '1.1';
  if (text === 'HTTP/1.0') return '1.0';
  if (/^HTTP\/[0-9]\.[0-9]$/.test(text)) throw new HttpError(505, `${text} is not spoken here`);
  throw new HttpError(400, 'a request line ends with a space and HTTP/1.1');
}

/**
 * Field lines from `at` up to and with the blank line. `text` is what the bytes from `textStart` on say in latin1.
 * Also used for the trailers of a chunked body.
 */
export function parseFields(bytes: Buffer, at: number, text: string, textStart: number): Map<string, string> {
  const fields = new Map<string, string>();
  while (bytes[at] !== CR || bytes[at + 1] !== LF) {
    const nameStart = at;
    while (isToken[bytes[at] ?? 0] === 1) at++;
    if (at === nameStart || bytes[at] !== COLON) throw badName(bytes[nameStart], bytes[at]);
    const name = text.slice(nameStart - textStart, at - textStart).toLowerCase();

    at++;
    while (bytes[at] === SPACE || bytes[at] === TAB) at++;
    const valueStart = at;
    while (isText[bytes[at] ?? 0] === 1) at++;
    // A CR that is alone is a line end for some servers and not for others: for this one it is an error.
    if (bytes[at] !== CR || bytes[at + 1] !== LF) {
      throw new HttpError(400, `${name}: a control character in the value`);
    }
    let valueEnd = at;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB))
      valueEnd--;
    const value = text.slice(valueStart - textStart, valueEnd - textStart);
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
    at += 2;
  }
  return fields;
}

function badName(first: number | undefined, stop: number | undefined): HttpError {
  if (first === SPACE || first === TAB) return new HttpError(400, 'a field must not go on in a second line');
  if (stop === SPACE || stop === TAB) return new HttpError(400, 'no space before the colon of a field');
  return new HttpError(400, 'a field must be a name, a colon and a value');
}

/** Joined with ", ", two Host fields hold a space, which no host may: the pattern refuses them as well. */
function requireHost(version: HttpRequest['version'], headers: ReadonlyMap<string, string>): void {
  const host = headers.get('host');
  if (host === undefined) {
    if (version === '1.1') throw new HttpError(400, 'HTTP/1.1 needs a Host field');
  } else if (!/^[\w.~!$&'()*+,;=%:[\]-]*$/.test(host)) {
    throw new HttpError(400, 'the Host field must be one host');
  }
}

function wantsKeepAlive(version: HttpRequest['version'], connection: string | undefined): boolean {
  if (connection === undefined) return version === '1.1';
  const options = wordsOf(connection);
  const has = (name: string): boolean => options.includes(name);
  return !has('close') && (version === '1.1' || has('keep-alive'));
}

/** A list with commas. `trim` would take away other characters too, such as 0xa0, which make another word of it. */
function wordsOf(list: string): string[] {
  return list
    .toLowerCase()
    .split(',')
    .map((word) => word.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, ''));
}

/** RFC 9112, 6.3, without the parts that are about being lenient. */
function framingOf(
  version: HttpRequest['version'],
  headers: ReadonlyMap<string, string>,
  limits: Limits,
): Framing {
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (coding === undefined) return length === undefined ? 0 : parseLength(length, limits);
  // Whoever believes the one field sees another end of this request than who believes the other.
  if (length !== undefined)
    throw new HttpError(400, 'Content-Length and Transfer-Encoding exclude each other');
  if (version === '1.0') throw new HttpError(400, 'HTTP/1.0 has no Transfer-Encoding');
  if (coding.toLowerCase() === 'chunked') return 'chunked';
  // With chunked at the end, and only there, the end could be found, but not what is in the body.
  const codings = wordsOf(coding);
  if (codings.indexOf('chunked') === codings.length - 1)
    throw new HttpError(501, `${coding} is not supported`);
  throw new HttpError(400, `the end of a body that is ${coding} cannot be known`);
}

/** Digits only: `Number` also takes "+5", "0x5", "5e0" and " 5 "; two different fields come as "5, 6". */
function parseLength(text: string, limits: Limits): number {
  if (!/^[0-9]+$/.test(text)) throw new HttpError(400, 'Content-Length must be digits, once');
  const length = Number(text);
  // Beyond 2^53 a number is rounded: it would be another length than the one that was sent.
  if (!Number.isSafeInteger(length)) throw new HttpError(400, 'Content-Length is no length');
  if (length > limits.maxBody) throw new HttpError(413, `${length} bytes are more than ${limits.maxBody}`);
  return length;
}
