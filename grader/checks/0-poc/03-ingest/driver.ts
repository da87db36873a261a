/**
 * Runs beside the student's server: starts it on a free port, looks into its queue, and counts the bytes that are
 * copied while a body is put together.
 */
import { createServer, type Server } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Metric } from '../../../../exercises/kernel/types.ts';
import { SimClock, student } from '../../../harness/driver.ts';

type Queue = typeof import('../../../../exercises/0-poc/01-queue/queue.ts');
type Ingest = typeof import('../../../../exercises/0-poc/03-ingest/ingest.ts');

export interface Setup {
  readonly capacity: number;
  readonly maxBody: number;
  readonly nowMs: number;
  /** Put the handler into a server of ours instead of asking for theirs. */
  readonly handlerOnly: boolean;
}

export async function start(setup: Setup): Promise<Service> {
  const { BoundedQueue } = await student<Queue>('../01-queue/queue.ts');
  const { createIngest, ingestHandler } = await student<Ingest>('ingest.ts');
  const clock = new SimClock(setup.nowMs);
  const queue = new BoundedQueue<Metric>(setup.capacity);
  const options = { maxBody: setup.maxBody, clock };
  const server = setup.handlerOnly
    ? createServer(ingestHandler(queue, options))
    : createIngest(queue, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return new Service(server, queue, clock);
}

/** Calls `validate`, and then changes the input that it was given: what came out must not change with it. */
export async function validateThenChange(
  input: { name: string; tags: Record<string, string> },
  now: number,
): Promise<unknown> {
  const { validate } = await student<Ingest>('ingest.ts');
  const result = validate(input, now);
  input.name = 'changed';
  input.tags.host = 'changed';
  return result;
}

class Service {
  readonly #server: Server;
  readonly #queue: InstanceType<Queue['BoundedQueue']>;
  readonly #clock: SimClock;

  constructor(server: Server, queue: InstanceType<Queue['BoundedQueue']>, clock: SimClock) {
    this.#server = server;
    this.#queue = queue;
    this.#clock = clock;
  }

  port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  size(): number {
    return this.#queue.size;
  }

  /** Takes out everything; as JSON, which also shows a key named `__proto__`. */
  async queued(): Promise<string[]> {
    if (this.#queue.size === 0) return []; // take() would wait
    const items = await this.#queue.take(this.#queue.size);
    return items.map((item) => JSON.stringify(item));
  }

  /** Takes up room. */
  fill(count: number): void {
    for (let i = 0; i < count; i++) this.#queue.push({ name: 'filler', value: i, timestamp: 0 });
  }

  closeQueue(): void {
    this.#queue.close();
  }

  /** What is left of requests that have ended: open connections, timers, and MB of memory still held. */
  async leftovers(): Promise<{ connections: number; timers: number; heldMb: number }> {
    const connections = await new Promise<number>((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
    await collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return { connections, timers: this.#clock.pending(), heldMb: (heapUsed + external) / 1e6 };
  }

  /** Names that every object of the process suddenly has. */
  polluted(): string[] {
    const names: string[] = [];
    for (const name in {}) names.push(name);
    return names;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}

const counted = { copied: 0, decoded: 0, calls: {} as Record<string, number> };

/** Replaces everything that copies or decodes bytes by a version that counts. Before the student's code is loaded. */
export function countCopies(): void {
  const copy = (name: string, bytes: number): void => {
    counted.copied += bytes;
    counted.calls[name] = (counted.calls[name] ?? 0) + bytes;
  };
  const lengthOf = (value: unknown): number =>
    typeof value === 'string'
      ? Buffer.byteLength(value)
      : ((value as { byteLength?: number }).byteLength ?? 0);

  const buffers = Buffer as unknown as Record<string, (...args: never[]) => unknown>;
  around(buffers, 'concat', (_, result) => copy('Buffer.concat', lengthOf(result)));
  around(buffers, 'from', ([source]) => {
    if (!(source instanceof ArrayBuffer)) copy('Buffer.from', lengthOf(source)); // which is shared, not copied
  });
  const bytes = Buffer.prototype as unknown as Record<string, (...args: never[]) => unknown>;
  around(bytes, 'copy', (_, result) => copy('buffer.copy', Number(result)));
  around(bytes, 'write', (_, result) => copy('buffer.write', Number(result)));
  around(bytes, 'toString', (_, __, self) => {
    counted.decoded += lengthOf(self);
  });
  const arrays = Object.getPrototypeOf(Uint8Array.prototype) as typeof bytes;
  around(arrays, 'set', ([source]) => copy('array.set', lengthOf(source)));
  around(Uint8Array.prototype as unknown as typeof bytes, 'slice', (_, result) =>
    copy('array.slice', lengthOf(result)),
  );
  around(TextDecoder.prototype as unknown as typeof bytes, 'decode', ([source]) => {
    counted.decoded += lengthOf(source);
  });
  around(StringDecoder.prototype as unknown as typeof bytes, 'write', ([source]) => {
    counted.decoded += lengthOf(source);
  });
}

export function copies(): typeof counted {
  return counted;
}

/** Puts `seen` behind a method: it is told the arguments, the result and the receiver. */
function around(
  target: Record<string, (...args: never[]) => unknown>,
  name: string,
  seen: (args: unknown[], result: unknown, self: unknown) => void,
): void {
  const original = target[name];
  if (original === undefined) throw new Error(`nothing named ${name}`);
  const counting = function (this: unknown, ...args: unknown[]): unknown {
    const result: unknown = Reflect.apply(original, this, args);
    seen(args, result, this);
    return result;
  };
  Object.defineProperty(target, name, { value: counting, configurable: true, writable: true });
}
