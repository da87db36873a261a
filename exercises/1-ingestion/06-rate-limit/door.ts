/**
 * What becomes of a polite client when a greedy one comes? Both post to the front door of 0.3, whose queue is
 * emptied at 500 metrics a second; first as it is, then with your window in front.
 *
 *   npx craft run 1.6 door
 */
import { Agent, createServer, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BoundedQueue } from '../../0-poc/01-queue/queue.ts';
import { ingestHandler } from '../../0-poc/03-ingest/ingest.ts';
import { type Metric, realClock } from '../../kernel/index.ts';
import { limited } from './limited.ts';
import { SlidingWindow } from './window.ts';

const SECONDS = 3;
const LIMIT = 200;

interface Tally {
  sent: number;
  readonly statuses: Map<number, number>;
}

console.log(`${SECONDS} s each: a greedy client on 16 connections, a polite one with 50 requests a second`);
await measure('no limit', (handler) => handler);
await measure(`${LIMIT} a second`, (handler) => limited(handler, new SlidingWindow(LIMIT, 1_000, realClock)));

async function measure(name: string, guard: (handler: RequestListener) => RequestListener): Promise<void> {
  const queue = new BoundedQueue<Metric>(250);
  const server = createServer(guard(ingestHandler(queue, { maxBody: 10_000, clock: realClock })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const end = performance.now() + SECONDS * 1_000;
  const greedy: Tally = { sent: 0, statuses: new Map() };
  const polite: Tally = { sent: 0, statuses: new Map() };
  await Promise.all([
    drain(queue, end),
    ...Array.from({ length: 16 }, () => post(port, 'greedy', greedy, 0, end)),
    post(port, 'polite', polite, 20, end),
  ]);
  server.close();
  server.closeAllConnections();
  console.log(`${name.padEnd(14)} greedy: ${show(greedy)}\n${' '.repeat(14)} polite: ${show(polite)}`);
}

/** Takes as many metrics as 500 a second make since it began. */
async function drain(queue: BoundedQueue<Metric>, end: number): Promise<void> {
  const begin = performance.now();
  for (let taken = 0; performance.now() < end; await pause(10)) {
    const due = Math.floor((performance.now() - begin) / 2) - taken;
    if (due > 0 && queue.size > 0) taken += (await queue.take(due)).length;
  }
}

/** One connection: a request, its answer, `restMs` of rest, and again. */
async function post(port: number, client: string, tally: Tally, restMs: number, end: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: client, 'content-type': 'application/json' };
  while (performance.now() < end) {
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', path: '/metrics', method: 'POST', agent, headers });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      sent.end('{"name":"cpu_usage","value":1}');
    });
    tally.sent++;
    tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
    if (restMs > 0) await pause(restMs);
  }
  agent.destroy();
}

function show({ sent, statuses }: Tally): string {
  const parts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} times ${status}`);
  return `${sent} requests, ${parts.join(', ')}`;
}
