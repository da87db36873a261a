import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { closedLoop } from './load.ts';

const servers: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Reads the whole request, then answers. */
function answering(statusOf: (body: string) => number): RequestListener {
  return async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.writeHead(statusOf(body), { 'content-length': 0 }).end();
  };
}

test('sends each body once and counts replies by status', async () => {
  const seen: string[] = [];
  const port = await serve(
    answering((body) => {
      seen.push(body);
      return Number(body) % 10 === 0 ? 503 : 202;
    }),
  );
  const report = await closedLoop({ port, path: '/', clients: 7, requests: 100, body: String });
  expect(report.statuses).toEqual({ 202: 90, 503: 10 });
  expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(report.requestsPerSecond).toBeGreaterThan(0);
  expect(report.p99Ms).toBeGreaterThanOrEqual(report.p50Ms);
});

test('never has more requests in flight than clients', async () => {
  let inFlight = 0;
  let most = 0;
  const port = await serve((request, response) => {
    most = Math.max(most, ++inFlight);
    request.resume();
    setImmediate(() => {
      inFlight--;
      response.end();
    });
  });
  await closedLoop({ port, path: '/', clients: 4, requests: 60, body: String });
  expect(most).toBeLessThanOrEqual(4);
});

test('counts broken connections and silence, and does not wait for either', async () => {
  const port = await serve((request, response) => {
    request.resume();
    if (request.url === '/cut') response.destroy();
  });
  const cut = await closedLoop({ port, path: '/cut', clients: 2, requests: 6, body: String });
  expect(cut.statuses).toEqual({ reset: 6 });
  const silent = await closedLoop({ port, path: '/', clients: 2, requests: 4, timeoutMs: 30, body: String });
  expect(silent.statuses).toEqual({ timeout: 4 });
});

test('gives up after a reset when asked to', async () => {
  const port = await serve((_request, response) => response.destroy());
  const report = await closedLoop({
    port,
    path: '/',
    clients: 3,
    requests: 1_000,
    giveUpOnReset: true,
    body: String,
  });
  expect(report.statuses).toEqual({ reset: 3 });
});
