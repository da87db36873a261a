/**
 * Runs beside the student's server: starts it with a handler that does what the path says, counts the requests that
 * reach it, and looks at what is left in the process: sockets, timers, memory, warnings.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo, Socket } from 'node:net';
import { student } from '../../../harness/driver.ts';
import { long } from './content.ts';

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
}

/** Starts a server on a free port. */
export async function start(setup: Setup): Promise<Service> {
  const { maxBody, ...options } = setup;
  const limits = {
    ...defaultLimits,
    ...(maxBody === undefined ? {} : { maxBody }),
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
    this.#given = reply;
  }

  /** `/given` answers with that many bytes, which are in memory before anybody asks. */
  giveLong(form: 'text' | 'bytes', size: number): void {
    const bytes = long(size);
    this.#given = {
      status: 200,
      body: form === 'bytes' ? bytes : bytes.toString('latin1'),
    };
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

const acceptedOne = Buffer.from('{"status":"accepted","count":1}');
const fields = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Request-Id': '7f3a',
};

/** The gate's server, by the student. */
export async function serveRaw(): Promise<number> {
  const reply: Reply = { status: 202, headers: fields, body: acceptedOne };
  const server = new RawServer(({ body }) => (body.length > 0 ? reply : { status: 400 }));
  return server.listen(0);
}

/** The gate's yardstick: the same reply by node:http, as one would write it with care. */
export async function serveNode(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      response.writeHead(body.length > 0 ? 202 : 400, {
        ...fields,
        'Content-Length': acceptedOne.length,
      });
      response.end(acceptedOne);
    });
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, backlog: 1_024 }, resolve));
  return (server.address() as AddressInfo).port;
}
