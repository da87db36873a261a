/**
 * An HTTP server on bare sockets whose connections stay open and carry many requests. All that is about one connection
 * is in connection.ts; here is the port, and the end of all of them.
 */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { defaultLimits } from '../01-http-parser/parser.ts';
import type { Handler, ServerOptions } from '../02-raw-server/server.ts';
import { Connection, type Settings, type Wording } from './connection.ts';

export type { Reply } from '../02-raw-server/reply.ts';
export type { Handler, ServerOptions } from '../02-raw-server/server.ts';
export type { Wording } from './connection.ts';

export interface KeepAliveOptions extends ServerOptions {
  /** How long a connection may stay open with nothing to do after its last answer; 60,000 when absent. */
  readonly idleTimeoutMs?: number;
  /** How many requests of one connection may be under way: taken and not yet answered; 32 when absent. */
  readonly maxPipelined?: number;
  /** How many requests one connection may carry; any number when absent. */
  readonly maxRequests?: number;
  /** Words what the server answers without its handler: refusals, 408, 500. Must not throw; plain text when absent. */
  readonly refusal?: Wording;
}

export class KeepAliveServer {
  readonly #server: Server;
  readonly #backlog: number;
  readonly #connections = new Set<Connection>();
  #closed: Promise<void> | undefined;

  constructor(handler: Handler, options: KeepAliveOptions = {}) {
    const settings: Settings = {
      limits: defaultLimits,
      headTimeoutMs: 10_000,
      idleTimeoutMs: 60_000,
      maxPipelined: 32,
      maxRequests: Number.POSITIVE_INFINITY,
      refusal: (_, reason) => ({ body: `${reason}\n` }),
      ...options,
    };
    this.#backlog = options.backlog ?? 1_024;
    // noDelay: otherwise the kernel keeps a second small write until the client has acknowledged the first.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new Connection(socket, handler, settings);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
  }

  /** Resolves with the port, which the kernel chooses when `port` is 0; rejects when it is taken. */
  listen(port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.on('error', reject); // it stays: an accept that fails later must not end the process
      server.listen({ port, backlog: this.#backlog }, () => resolve((server.address() as AddressInfo).port));
    });
  }

  /**
   * Takes no new connections and ends those that are idle. The others are answered what they have asked, the last
   * answer says so, and what is left after `graceMs` is cut off. A second call waits for the same end.
   */
  close(graceMs: number): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const cut = setTimeout(() => {
        for (const connection of this.#connections) connection.destroy();
      }, graceMs);
      this.#server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      for (const connection of this.#connections) connection.finish();
    });
    return this.#closed;
  }
}
