/**
 * What does a request cost, apart from what is in it? The same metrics are sent to your server in requests of
 * 1, 10, 100 and 1,000, one request after another.
 *
 *   npx craft run 0.3 [metrics]          default 20000, all over one connection
 *   npx craft run 0.3 <metrics> close    a new connection for every request
 */
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Metric, realClock } from '../../kernel/index.ts';
import { BoundedQueue } from '../01-queue/queue.ts';
import { createIngest } from './ingest.ts';

const total = Number(process.argv[2] ?? 20_000);
const keepAlive = process.argv[3] !== 'close';
const batchSizes = [1, 10, 100, 1_000];

const queue = new BoundedQueue<Metric>(2_000);
const server = createIngest(queue, { maxBody: 1_048_576, clock: realClock });
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const agent = new Agent({ keepAlive, maxSockets: 1 });

console.log(`${total} metrics, ${keepAlive ? 'one connection' : 'a new connection for every request'}`);
console.log('batch  requests      ms  metrics/s  us/metric  bytes/metric');
await run(1, 2_000); // the first requests pay for compiling the code: not measured
for (const size of batchSizes) {
  const { requests, ms, bytes } = await run(size, total);
  const columns = [
    String(size).padStart(5),
    String(requests).padStart(8),
    ms.toFixed(0).padStart(6),
    Math.round((total / ms) * 1_000)
      .toLocaleString('en')
      .padStart(9),
    ((ms * 1_000) / total).toFixed(1).padStart(9),
    (bytes / total).toFixed(0).padStart(12),
  ];
  console.log(columns.join('  '));
}
agent.destroy();
server.close();

/** Sends `count` metrics in batches of `size`, and takes them out of the queue again. */
async function run(size: number, count: number): Promise<{ requests: number; ms: number; bytes: number }> {
  const requests = Math.ceil(count / size);
  const started = performance.now();
  let bytes = 0;
  for (let sent = 0; sent < count; sent += size) {
    const body = JSON.stringify({ metrics: metrics(sent, Math.min(size, count - sent)) });
    bytes += await post(body);
    await queue.take(size);
  }
  return { requests, ms: performance.now() - started, bytes };
}

function metrics(first: number, count: number): Metric[] {
  return Array.from({ length: count }, (_, i) => ({
    name: 'cpu_usage',
    value: (first + i) % 100,
    timestamp: 1_700_000_000_000 + first + i,
    tags: { host: `web-${i % 8}` },
  }));
}

/** Posts a body; gives the bytes of the body and its reply with all headers, as they crossed the connection. */
function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ port, host: '127.0.0.1', path: '/metrics', method: 'POST', agent, headers });
    outgoing.on('error', reject);
    outgoing.on('socket', (socket) => {
      const before = socket.bytesRead + socket.bytesWritten;
      outgoing.on('response', (response) => {
        if (response.statusCode !== 202) reject(new Error(`expected 202, got ${response.statusCode}`));
        response.resume();
        response.on('end', () => resolve(socket.bytesRead + socket.bytesWritten - before));
      });
    });
    outgoing.end(body);
  });
}
