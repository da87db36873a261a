/**
 * Runs beside the student's server: starts it with a handler that does what the path says, counts the requests that
 * reach it, and looks at what is left in the process: sockets, timers, memory, warnings.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { Socket } from 'node:net';
import { student } from '../../../harness/driver.ts';
import { type Form, long } from './content.ts';

type Parser = typeof import('../../../../exercises/1-ingestion/01-http-parser/parser.ts');
type Servers = typeof import('../../../../exercises/1-ingestion/02-raw-server/server.ts');
type Reply = import('../../../../exercises/1-ingestion/02-raw-server/reply.ts').Reply;
type HttpRequest = Parameters<import('../../../../exercises/1-ingestion/02-raw-server/server.ts').Handler>[0];

const { RawServer } = await student<Servers>('server.ts');
const { defaultLimits } = await student<Parser>('../01-http-parser/parser.ts');

/** What `/failing/<n>` does. The text in it must never reach a client. */
const failures: readonly (() => Reply | Promise<Reply>)[] = [
  () => {
    throw new Error('secret-7f3a');
  },
  async () => {
    throw new Error('secret-7f3a');
  },
  () => undefined as never,
  () => ({
    status: 200,
    headers: { Location: '/\r\nSet-Cookie: secret-7f3a' },
  }),
  () => ({ status: 42 }),
];

export interface Setup {
  readonly headTimeoutMs?: number;
  readonly backlog?: number;
  readonly maxBody?: number;
  readonly maxHead?: number;
  readonly maxTarget?: number;
}

/** Starts a server on a free port. */
export async function start(setup: Setup): Promise<Service> {
  const { maxBody, maxHead, maxTarget, ...options } = setup;
  const limits = {
    maxBody: maxBody ?? defaultLimits.maxBody,
    maxHead: maxHead ?? defaultLimits.maxHead,
    maxTarget: maxTarget ?? defaultLimits.maxTarget,
  };
  const service = new Service({ limits, ...options });
  await service.listen(0);
  return service;
}

class Service {
  readonly #server: InstanceType<Servers['RawServer']>;
  readonly #requests: string[] = [];
  readonly #gates: (() => void)[] = [];
  #port = 0;
  #given: Reply = { status: 200 };
  readonly #long = new Map<string, Reply>();
  #closed = 0;

  constructor(options: ConstructorParameters<Servers['RawServer']>[1]) {
    this.#server = new RawServer((request) => this.#handle(request), options);
  }

  #handle(request: HttpRequest): Reply | Promise<Reply> {
    const { method, target, version, body } = request;
    this.#requests.push(`${method} ${target}`);
    const failing = /^\/failing\/(\d)$/.exec(target)?.[1];
    const fails = failures[Number(failing ?? Number.NaN)];
    if (fails !== undefined) return fails();
    switch (target) {
      case '/hello':
        return {
          status: 200,
          headers: { 'Content-Type': 'text/plain' },
          body: 'hello',
        };
      case '/echo':
        return { status: 200, body };
      case '/what':
        return Promise.resolve({
          status: 202,
          body: JSON.stringify({ method, target, version }),
        });
      case '/given':
        return this.#given;
      case '/long/text':
      case '/long/bytes':
        return this.#long.get(target) ?? { status: 404 };
      case '/wait':
        return new Promise((resolve) => {
          this.#gates.push(() => resolve({ status: 200, body: 'waited' }));
        });
      default:
        return { status: 404, body: 'nothing here' };
    }
  }

  async listen(port: number): Promise<void> {
    this.#port = await this.#server.listen(port);
  }

  port(): number {
    return this.#port;
  }

  /** What `/given` answers from now on. */
  give(reply: Reply): void {
    const { body } = reply;
    this.#given = body instanceof Uint8Array ? { ...reply, body: insideAnother(body) } : reply;
  }

  /** `/long/<form>` answers with that many bytes, which are in memory before anybody asks. */
  giveLong(form: Form, size: number): void {
    const bytes = long(form, size);
    this.#long.set(`/long/${form}`, {
      status: 200,
      body: form === 'bytes' ? insideAnother(bytes) : bytes.toString('latin1'),
    });
  }

  /** All that the handler has been called with. */
  requests(): string[] {
    return this.#requests;
  }

  /** How many handlers wait in `/wait`. */
  waiting(): number {
    return this.#gates.length;
  }

  /** Lets them answer. */
  release(): void {
    for (const open of this.#gates.splice(0)) open();
  }

  /** Begins to close; `closed` tells when it is done. */
  beginClose(graceMs: number): void {
    void this.#server.close(graceMs).then(() => this.#closed++);
  }

  /** How many calls of close() have resolved. */
  closed(): number {
    return this.#closed;
  }

  /** The end of a check. Whether close() works is for its own checks: here nobody waits for it. */
  async stop(): Promise<void> {
    this.release();
    const closing = (async () => this.#server.close(0))();
    closing.catch(() => {});
    await Promise.race([closing.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 300).unref())]);
  }
}

/** The same bytes as a part of a larger buffer, as a Uint8Array often is. */
function insideAnother(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(bytes.length + 64).fill(0x21);
  room.set(bytes, 32);
  return room.subarray(32, 32 + bytes.length);
}

/** Whether a second server can listen on a port that is taken: in words, also when its listen() never says. */
export async function listenOn(port: number): Promise<string> {
  const listening = (async () => new RawServer(() => ({ status: 200 })).listen(port))();
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, 1_000, 'a promise that is still pending after a second').unref();
  });
  const outcome = listening.then(
    (got) => `a promise that resolves with ${got}`,
    (error: unknown) =>
      `a promise that rejects with ${error instanceof Error ? error.message : String(error)}`,
  );
  return Promise.race([outcome, late]);
}

/** What of network and timers keeps this process busy. The channel to the judge is none of these. */
export function leftovers(): { sockets: number; timers: number } {
  const active = process.getActiveResourcesInfo();
  const count = (name: string): number => active.filter((each) => each === name).length;
  return { sockets: count('TCPSocketWrap'), timers: count('Timeout') };
}

/** After a collection: MB that the process holds, and MB of that in JavaScript's heap and buffers. */
export async function memory(): Promise<{ rssMb: number; heldMb: number }> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssMb: rss / 1e6, heldMb: (heapUsed + external) / 1e6 };
}

const accepted = new Set<Socket>();
subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  accepted.add(socket);
  socket.once('close', () => accepted.delete(socket));
});

/**
 * Without a collection, for looking often: MB that the process holds, and MB that its connections have been given
 * and have not sent. The first alone does not always show the second: memory that an earlier reply has left is used
 * again, and a slice of a string takes none until it is encoded.
 */
export function held(): { rssMb: number; unsentMb: number } {
  const unsent = [...accepted].reduce((sum, socket) => sum + socket.writableLength, 0);
  return { rssMb: process.memoryUsage().rss / 1e6, unsentMb: unsent / 1e6 };
}

const warnings: string[] = [];

/** Warnings of this process from the first call on, such as MaxListenersExceededWarning. */
export function watchWarnings(): string[] {
  if (process.listenerCount('warning', note) === 0) process.on('warning', note);
  return warnings;
}

function note(warning: Error): void {
  warnings.push(`${warning.name}: ${warning.message}`);
}

/** Blocks the event loop until the file `until` exists, but no longer than `ms`; makes the file `begun` first. */
export function block(begun: string, until: string, ms: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + ms;
  writeFileSync(begun, '');
  while (!existsSync(until) && performance.now() < deadline) Atomics.wait(cell, 0, 0, 5);
}
