/**
 * Given: what `npx craft bench 1.9` starts and loads. The front door of 0.3 and 1.2 once more, with its rules: what
 * changes from 1.2 is that connections stay open.
 *
 * PORT in the environment chooses the port, 0 a free one. SIGTERM or Ctrl-C ends it.
 */
import { validate } from '../../0-poc/03-ingest/ingest.ts';
import type { HttpRequest } from '../01-http-parser/parser.ts';
import type { Reply } from '../02-raw-server/reply.ts';
import { KeepAliveServer } from './server.ts';

const server = new KeepAliveServer(answer);
try {
  const port = await server.listen(Number(process.env.PORT ?? 8080));
  console.log(`listening on http://localhost:${port}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error); // the port is taken
  process.exit(1);
}

process.once('SIGTERM', stop);
process.once('SIGINT', stop);

function answer({ method, target, body }: HttpRequest): Reply {
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

async function stop(): Promise<void> {
  await server.close(2_000);
  process.exit(0);
}
