/** Given: how the service answers. Every refusal is `{"error":CODE,"message","details"?}`. */
import type { HttpRequest } from '../01-http-parser/parser.ts';
import type { Reply } from '../09-keep-alive/server.ts';

export type Headers = Readonly<Record<string, string>>;

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  /** For programs: `BAD_JSON`, `NO_CLIENT`, ... */
  readonly code: string;
  /** For people: what is wrong, and what would be right. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Printable ASCII: a request may carry other bytes, and your server refuses to send them back, with a 500. */
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const JSON_HEADERS: Headers = { 'Content-Type': 'application/json' };

/** The headers of every answer to this request: its `X-Request-Id` comes back, if it can. */
export function headersFor({ headers }: HttpRequest): Headers {
  const id = headers.get('x-request-id');
  if (id === undefined || !REQUEST_ID.test(id)) return JSON_HEADERS;
  return { ...JSON_HEADERS, 'X-Request-Id': id };
}

export function json(status: number, body: object, headers: Headers): Reply {
  return { status, headers, body: JSON.stringify(body) };
}

export function text(body: string, headers: Headers): Reply {
  return { status: 200, headers: { ...headers, 'Content-Type': 'text/plain; version=0.0.4' }, body };
}

/** The 202: `count` metrics are durable, their record begins at byte `offset` of the file. */
export function accepted(count: number, offset: number, headers: Headers): Reply {
  // Numbers only, so nothing to escape: JSON.stringify would cost more than the rest of the reply.
  return {
    status: 202,
    headers,
    body: `{"status":"accepted","count":${count},"partition":0,"offset":${offset}}`,
  };
}

/** Codes of what the server refuses before the service sees it, and of a failure of the service. */
const codes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  408: 'TIMEOUT',
  413: 'TOO_LARGE',
  414: 'TARGET_TOO_LONG',
  431: 'HEAD_TOO_LARGE',
  500: 'INTERNAL',
  501: 'NOT_IMPLEMENTED',
  505: 'BAD_VERSION',
};

/** For the option `refusal` of 1.9: what your server answers by itself is said like everything else. */
export function refusalOf(status: number, message: string): Reply {
  return refuse({ status, code: codes[status] ?? 'BAD_REQUEST', message }, JSON_HEADERS);
}

export function refuse({ status, code, message, details }: Refusal, headers: Headers): Reply {
  return json(status, { error: code, message, ...(details && { details }) }, headers);
}
