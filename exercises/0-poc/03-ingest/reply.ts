/** Given: how every service of the platform answers, so that all of them answer alike. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What is wrong with a request, and the HTTP status that says so. */
export interface Problem {
  readonly status: number;
  /** For programs: `BAD_JSON`, `INVALID_METRIC`, ... */
  readonly code: string;
  /** For people: what is wrong, and what would be right. */
  readonly message: string;
  /** Which metric of a batch, counted from 0. */
  readonly index?: number;
}

/** Answers with `body` as JSON. */
export function reply(
  response: ServerResponse,
  status: number,
  body: object,
  headers: OutgoingHttpHeaders = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Answers with a problem: `{"error":"INVALID_METRIC","message":"…","details":{"index":2}}`. */
export function refuse(response: ServerResponse, problem: Problem, headers: OutgoingHttpHeaders = {}): void {
  const { status, code, message, index } = problem;
  const details = index === undefined ? {} : { details: { index } };
  reply(response, status, { error: code, message, ...details }, headers);
}
