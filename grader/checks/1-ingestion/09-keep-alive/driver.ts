/**
 * Runs beside the student's server: starts it with a handler that does what the path says, notes the requests that
 * reach it, and looks at what the process holds: sockets, timers, memory, writes to the kernel.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { Socket } from 'node:net';
import { student } from '../../../harness/driver.ts';
import { long } from './content.ts';

type Parser = typeof import('../../../../exercises/1-ingestion/01-http-parser/parser.ts');
type Servers = typeof import('../../../../exercises/1-ingestion/09-keep-alive/server.ts');
type Reply = import('../../../../exercises/1-ingestion/02-raw-server/reply.ts').Reply;
type HttpRequest = Parameters<import('../../../../exercises/1-ingestion/02-raw-server/server.ts').Handler>[0];

const { KeepAliveServer } = await student<Servers>('server.ts');
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
  () => ({ status: 200, headers: { Location: '/\r\nSet-Cookie: secret-7f3a' } }),
  async () => ({ status: 42 }),
  async () => undefined as never,
];

export interface Setup {
  readonly headTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly maxPipelined?: number;
  readonly maxRequests?: number;
  readonly maxBody?: number;
}

/** Starts a server on a free port. */
export async function start(setup: Setup): Promise<Service> {
  const { maxBody, ...options } = setup;
  const limits = { ...defaultLimits, ...(maxBody === undefined ? {} : { maxBody }) };
  const service = new Service({ limits, ...options });
  await service.listen(0);
  return service;
}

/** To sleep on. */
const cell = new Int32Array(new SharedArrayBuffer(4));

class Service {
  readonly #server: InstanceType<Servers['KeepAliveServer']>;
  #requests: string[] = [];
  /** Handlers at work, by target. */
  readonly #gates = new Map<string, () => void>();
  #port = 0;
  #given: Reply = { status: 200 };
  /** Calls of the handler since the last setImmediate, and the most there were. */
  #inTurn = 0;
  #mostInTurn = 0;
  #closed = 0;

  constructor(options: ConstructorParameters<Servers['KeepAliveServer']>[1]) {
    this.#server = new KeepAliveServer((request) => this.#handle(request), options);
  }

  #handle(request: HttpRequest): Reply | Promise<Reply> {
    const { method, target, body } = request;
    this.#requests.push(`${method} ${target}`);
    this.#count();
    const [, kind, what = ''] = target.split('/');
    switch (kind) {
      case 'now':
        return { status: 200, body: target };
      case 'soon':
        return Promise.resolve({ status: 200, body: target });
      case 'echo':
        return { status: 200, body };
      case 'fresh':
        return { status: 200, body: Buffer.alloc(Number(what)) };
      case 'later':
        return Promise.resolve(this.#tarry());
      case 'tarry':
        return this.#tarry();
      case 'given':
        return this.#given;
      case 'status':
        return { status: Number(what), body: 'of a status' };
      case 'failing':
        return (failures[Number(what)] ?? failures[0])?.() as Reply;
      case 'wait':
        return new Promise((resolve) => {
          this.#gates.set(target, () => resolve({ status: 200, body: target }));
        });
      case 'stop':
        this.beginClose(20_000);
        return { status: 200, body: target };
      default:
        return { status: 404, body: 'nothing here' };
    }
  }

  /** So long that the kernel has more from the client before the next request. */
  #tarry(): Reply {
    Atomics.wait(cell, 0, 0, 2);
    return { status: 200 };
  }

  #count(): void {
    if (this.#inTurn === 0) {
      setImmediate(() => {
        this.#inTurn = 0;
      });
    }
    this.#mostInTurn = Math.max(this.#mostInTurn, ++this.#inTurn);
  }

  /** The most calls of the handler in one turn of the event loop. */
  mostInTurn(): number {
    return this.#mostInTurn;
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
    this.#given = { status: 200, body: form === 'bytes' ? bytes : bytes.toString('latin1') };
  }

  /** All that the handler has been called with. */
  requests(): string[] {
    return this.#requests;
  }

  called(): number {
    return this.#requests.length;
  }

  forget(): void {
    this.#requests = [];
  }

  /** Targets of the handlers that are at work. */
  waiting(): string[] {
    return [...this.#gates.keys()];
  }

  /** Lets handlers answer, one after another, with turns of the event loop between them. */
  async release(targets: readonly string[]): Promise<void> {
    for (const target of targets) {
      this.#gates.get(target)?.();
      this.#gates.delete(target);
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets all answer in the same moment, the last first. */
  releaseAll(): void {
    for (const open of [...this.#gates.values()].reverse()) open();
    this.#gates.clear();
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
    this.releaseAll();
    const closing = (async () => this.#server.close(0))();
    closing.catch(() => {});
    await Promise.race([closing.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 300).unref())]);
    for (const socket of accepted) socket.destroy();
  }
}

/** Whether a second server can listen on a port that is taken: in words, also when its listen() never says. */
export async function listenOn(port: number): Promise<string> {
  const listening = (async () => new KeepAliveServer(() => ({ status: 200 })).listen(port))();
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

/** After a collection: MB that the process holds, and MB of that in heap and buffers. */
export async function memory(): Promise<{ rssMb: number; heldMb: number }> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssMb: rss / 1e6, heldMb: (heapUsed + external) / 1e6 };
}

const accepted = new Set<Socket>();
let known: WeakRef<Socket>[] = [];
/** Calls that hand bytes to the kernel, whatever the stream above them is told. */
let writes = 0;
const handleWrites = ['writev', 'writeBuffer', 'writeLatin1String', 'writeUtf8String', 'writeAsciiString'];

subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  accepted.add(socket);
  known.push(new WeakRef(socket));
  socket.once('close', () => accepted.delete(socket));
  const handle = (socket as { _handle?: Record<string, (...args: unknown[]) => unknown> })._handle;
  if (handle === undefined) return;
  for (const name of handleWrites) {
    const original = handle[name];
    if (original === undefined) continue;
    handle[name] = (...args) => {
      writes++;
      return original.apply(handle, args);
    };
  }
});

/** Since the process began. */
export function writesSoFar(): number {
  return writes;
}

/** How many sockets have been accepted since the last call, and how many of these something still refers to. */
export async function remembered(): Promise<{ accepted: number; left: number }> {
  await memory();
  await new Promise((resolve) => setImmediate(resolve));
  await memory();
  const left = known.filter((each) => each.deref() !== undefined);
  const counts = { accepted: known.length, left: left.length };
  known = [];
  return counts;
}

/** Without a collection: MB that the process holds, and MB that its connections were given and have not sent. */
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
  const deadline = performance.now() + ms;
  writeFileSync(begun, '');
  while (!existsSync(until) && performance.now() < deadline) Atomics.wait(cell, 0, 0, 5);
}
