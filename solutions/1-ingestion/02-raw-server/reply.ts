/**
 * From a handler's reply to the bytes before its body. Nothing here touches a socket.
 *
 *   HTTP/1.1 SP status SP reason CRLF  *( name ": " value CRLF )  CRLF
 */
import { httpDate, reasonOf } from './status.ts';

/** What a handler answers. */
export interface Reply {
  /** 200 to 599. */
  readonly status: number;
  /** Date, Connection, Content-Length and Transfer-Encoding are the server's: a handler must not name them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array;
}

/** What becomes of the connection after the reply. */
export type After = 'close' | 'keep-alive';

/** What a name may be made of: the grammar calls it a token. */
const token = /^[\w!#$%&'*+.^`|~-]+$/;
/**
 * Printable ASCII, spaces and tabs. Not only CR and LF are kept out by that: U+010D and U+010A turn into CR and LF
 * when somebody writes the text as latin1, and a NUL ends a string in programs written in C.
 */
const text = /^[\t\x20-\x7e]*$/;
const serversOwn = new Set(['date', 'connection', 'content-length', 'transfer-encoding']);

/**
 * The head of a reply, with the blank line at its end; ASCII only. Throws a RangeError for a reply that cannot be
 * said in HTTP: that is a mistake of the handler, and a head that is sent in spite of it may be read as two replies.
 */
export function encodeHead(reply: Reply, after: After): string {
  const { status } = reply;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`${status} is not the status of a reply`);
  }
  let head = `HTTP/1.1 ${status} ${reasonOf(status)}\r\nDate: ${httpDate()}\r\nConnection: ${after}\r\n`;
  if (mayHaveBody(status)) head += `Content-Length: ${lengthOf(reply.body)}\r\n`;
  if (reply.headers !== undefined) head += encodeFields(reply.headers);
  return `${head}\r\n`;
}

function encodeFields(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name)) throw new RangeError(`${JSON.stringify(name)} is not a field name`);
    if (!text.test(value)) throw new RangeError(`${name}: a value is printable ASCII`);
    if (serversOwn.has(name.toLowerCase())) throw new RangeError(`${name} is written by the server`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** These two end with their head, whatever the handler says; and a Content-Length of 0 would be a lie about 304. */
export function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304;
}

/** In bytes: '🌡'.length is 2, and 4 bytes are sent. Counting does not make them. */
function lengthOf(body: Reply['body']): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0);
}
