/**
 * The yardstick: the plainest server that keeps the promise of `POST /metrics`. It reads the body, parses it and counts
 * the metrics; it validates nothing, keeps nothing and refuses nobody. What a server costs beyond this is what its
 * author added, so a server is never much faster than it, and a good one not much slower.
 *
 * PORT in the environment chooses the port, 0 a free one. SIGTERM ends it.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  if (request.url !== '/metrics') return answer(response, 404, { error: 'NOT_FOUND' });
  if (request.method !== 'POST') return answer(response, 405, { error: 'METHOD_NOT_ALLOWED' });
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const count = countMetrics(Buffer.concat(parts).toString());
    if (count === undefined) answer(response, 400, { error: 'BAD_JSON' });
    else answer(response, 202, { status: 'accepted', count });
  });
});

/** One metric, or `{"metrics":[…]}`; undefined when it is not JSON. */
function countMetrics(text: string): number | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const isBatch =
      typeof body === 'object' && body !== null && 'metrics' in body && Array.isArray(body.metrics);
    return isBatch ? (body.metrics as unknown[]).length : 1;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`listening on http://localhost:${port}\n`);
});

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
