/**
 * Given: what `npx craft bench 0.3` starts and loads. Your front door, and behind it somebody who empties the queue
 * as fast as it fills and throws the metrics away: what is measured is the door.
 *
 * PORT in the environment chooses the port, 0 a free one. SIGTERM or Ctrl-C ends it.
 */
import type { AddressInfo } from 'node:net';
import { type Metric, realClock } from '../../kernel/index.ts';
import { BoundedQueue } from '../01-queue/queue.ts';
import { createIngest } from './ingest.ts';

const queue = new BoundedQueue<Metric>(10_000);
const server = createIngest(queue, { maxBody: 1_048_576, clock: realClock });
void drain();

server.once('error', (error) => {
  console.error(error.message); // the port is taken
  process.exit(1);
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on http://localhost:${port}`);
});

process.once('SIGTERM', stop);
process.once('SIGINT', stop);

/** Without it the queue is full after 10,000 metrics, and every later answer is a 503. */
async function drain(): Promise<void> {
  while ((await queue.take(1_000)).length > 0);
}

function stop(): void {
  server.close(() => process.exit(0));
  // Nothing here is worth waiting for: the metrics are thrown away.
  server.closeAllConnections();
}
