/**
 * What the lines of a head mean. Only `HttpParser` is checked: these functions are a proposal for how to cut the work,
 * and you may change them as you like. Keep to one rule: say what is allowed, and refuse everything else.
 */
import { HttpError, type HttpRequest, type Limits } from './message.ts';

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: HttpRequest['version'];
}

/** How long the body is in bytes; `chunked` when the body itself tells. */
export type Framing = number | 'chunked';

/**
 * A request line without its CRLF: `GET /metrics HTTP/1.1`. The line is in latin1, one character for each byte.
 * Throws an HttpError: 414 for a target longer than `limits.maxTarget`, 505 for another version, 400 for the rest.
 */
export function parseRequestLine(line: string, limits: Limits): RequestLine {
  // TODO(human): 1. Cut the line into its three parts. Then refuse what the grammar does not allow: one regular
  // expression for the whole line can do both. Contract: the grammar under "Invariants". (README: Task 1)
  throw new Error('TODO(human): cut the request line into method, target and version');
}

/** A field line without its CRLF, `Host: a`, as name in lower case and value without spaces around it. Throws 400. */
export function parseField(line: string): [name: string, value: string] {
  // TODO(human): 2. Cut at the colon, and refuse names and values with other characters than the grammar's.
  // Contract: the grammar and invariant 2. (README: Task 2)
  throw new Error('TODO(human): cut the field line into a name and a value');
}

/** Whether the connection stays open after the answer. */
export function wantsKeepAlive(version: RequestLine['version'], connection: string | undefined): boolean {
  // TODO(human): 2. Look for the words in the Connection field, a list with commas. Contract: invariant 3.
  // (README: Task 2)
  throw new Error('TODO(human): decide whether the connection stays open');
}

/** What the fields of a complete head say about the body. Throws an HttpError where they are not to be trusted. */
export function framingOf(
  version: RequestLine['version'],
  headers: ReadonlyMap<string, string>,
  limits: Limits,
): Framing {
  // TODO(human): 3. Decide how long the body is, first by Content-Length alone, then with Transfer-Encoding.
  // Contract: the table of framings under "Invariants". (README: Tasks 3 and 4)
  throw new Error('TODO(human): decide how long the body is');
}
