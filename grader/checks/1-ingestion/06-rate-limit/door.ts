/** Starts a server in which the student's window guards the student's 0.3. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metric } from '../../../../exercises/kernel/types.ts';
import { student } from '../../../harness/driver.ts';
import { SetClock, SlidingWindow } from './world.ts';

/** The front door of 0.3 behind the given `limited`, on a free port. */
export async function start(limit: number, windowMs: number): Promise<Door> {
  const { BoundedQueue } = await student<typeof import('../../../../exercises/0-poc/01-queue/queue.ts')>(
    '../../0-poc/01-queue/queue.ts',
  );
  const { ingestHandler } = await student<typeof import('../../../../exercises/0-poc/03-ingest/ingest.ts')>(
    '../../0-poc/03-ingest/ingest.ts',
  );
  const { limited } =
    await student<typeof import('../../../../exercises/1-ingestion/06-rate-limit/limited.ts')>('limited.ts');
  const clock = new SetClock();
  const queue = new BoundedQueue<Metric>(100);
  const handler = ingestHandler(queue, { maxBody: 10_000, clock });
  const server = createServer(limited(handler, new SlidingWindow(limit, windowMs, clock)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return new Door(server, queue, clock);
}

class Door {
  readonly #server: Server;
  readonly #queue: { readonly size: number };
  readonly #clock: SetClock;

  constructor(server: Server, queue: { readonly size: number }, clock: SetClock) {
    this.#server = server;
    this.#queue = queue;
    this.#clock = clock;
  }

  port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  queued(): number {
    return this.#queue.size;
  }

  advance(ms: number): void {
    this.#clock.reading += ms;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
