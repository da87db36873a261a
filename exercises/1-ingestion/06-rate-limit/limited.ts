/**
 * Given: a limit per client in front of any handler of `node:http`, such as the one of 0.3:
 *
 *   createServer(limited(ingestHandler(queue, options), new SlidingWindow(100, 1_000, realClock)));
 */
import type { RequestListener } from 'node:http';
import { refuse } from '../../0-poc/03-ingest/reply.ts';
import type { SlidingWindow } from './window.ts';

/** Longest id of a client, in characters: the window keeps it in memory. */
const MAX_ID = 128;

/** Calls `handler` for a request that the window lets through, and answers 429 to any other, unread. */
export function limited(handler: RequestListener, window: SlidingWindow): RequestListener {
  return (request, response) => {
    const id = request.headers.authorization ?? '';
    if (id.length === 0 || id.length > MAX_ID) {
      const message = `send a header Authorization with your id, 1 to ${MAX_ID} characters`;
      request.resume();
      return refuse(response, { status: 401, code: 'NO_CLIENT', message });
    }
    if (window.allow(id)) return handler(request, response);
    // The body flows by unkept: a sender in the middle of a long write could not read its 429 otherwise.
    request.resume();
    const message = 'this client has sent too much: wait as long as Retry-After says';
    refuse(response, { status: 429, code: 'RATE_LIMITED', message }, retryAfter(window.retryAfterMs(id)));
  };
}

/** The header has whole seconds: rounded up, or the client would come too early. "Never" has no number. */
function retryAfter(ms: number): Record<string, string> {
  if (ms === Number.POSITIVE_INFINITY) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) };
}
