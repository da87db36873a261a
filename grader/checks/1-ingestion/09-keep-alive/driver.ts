/**
 * Runs beside the student's server: starts it with a handler that does what the path says, notes the requests that
 * reach it. What the process holds is weighed in weighing.ts.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { student } from '../../../harness/driver.ts';
import { long } from './content.ts';
import { accepted } from './weighing.ts';

export { held, leftovers, memory, remembered, watchWarnings, writesSoFar } from './weighing.ts';

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
  readonly words?: boolean;
}

/** Words for what the server answers by itself. */
function inJson(status: number, reason: string): Omit<Reply, 'status'> {
  const headers = { 'Content-Type': 'application/json', 'X-Words-For': String(status) };
  return { headers, body: JSON.stringify({ status, reason }) };
}

/** Starts a server on a free port. */
export async function start(setup: Setup): Promise<Service> {
  const { maxBody, words, ...options } = setup;
  const limits = { ...defaultLimits, ...(maxBody === undefined ? {} : { maxBody }) };
  const service = new Service({ limits, ...options, ...(words === true && { refusal: inJson }) });
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

  /** The same, and bytes that the connections were given and have not sent. */
  progress(): { called: number; unsent: number } {
    const unsent = [...accepted].reduce((sum, socket) => sum + socket.writableLength, 0);
    return { called: this.#requests.length, unsent };
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

/** Blocks the event loop until the file `until` exists, but no longer than `ms`; makes the file `begun` first. */
export function block(begun: string, until: string, ms: number): void {
  const deadline = performance.now() + ms;
  writeFileSync(begun, '');
  while (!existsSync(until) && performance.now() < deadline) Atomics.wait(cell, 0, 0, 5);
}
