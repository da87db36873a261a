/**
 * Given: the front door of 0.3, with its rules, as a handler. The servers of 1.2 and 1.9 are loaded with it: what
 * differs between the three is HTTP alone.
 */
import { validate } from '../../0-poc/03-ingest/ingest.ts';
import type { HttpRequest } from '../01-http-parser/parser.ts';
import type { Reply } from './reply.ts';

/** The answer to `POST /metrics`, or why it is none. */
export function answer({ method, target, body }: HttpRequest): Reply {
  if (target !== '/metrics')
    return json(404, {
      error: 'NOT_FOUND',
      message: 'POST /metrics is all there is',
    });
  if (method !== 'POST')
    return json(405, { error: 'METHOD_NOT_ALLOWED', message: 'use POST' }, { Allow: 'POST' });
  let input: unknown;
  try {
    input = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  } catch {
    return json(400, { error: 'BAD_JSON', message: 'the body is not JSON' });
  }
  const metrics = validate(input, Date.now());
  // Nobody keeps them: what is measured is the door.
  if (Array.isArray(metrics)) return json(202, { status: 'accepted', count: metrics.length });
  return json(metrics.status, {
    error: metrics.code,
    message: metrics.message,
  });
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
