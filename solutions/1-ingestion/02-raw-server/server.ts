/**
 * An HTTP server on bare sockets: one request and one reply per connection.
 *
 * A connection is in one of four phases. Each but the second has a deadline, since there the client is to act, and a
 * client may do nothing for ever:
 *
 *   receiving --request complete--> answering --reply known--> sending --reply sent--> leaving --both ends closed
 *       |                               ^
 *       +--bad request, or too late-----+
 *
 * While it leaves, the connection goes on reading and throws away what comes. Closing a socket with unread input makes
 * the kernel send RST, and RST makes the client's kernel forget what the client has not yet read of the reply.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  defaultLimits,
  HttpError,
  HttpParser,
  type HttpRequest,
  type Limits,
} from '../01-http-parser/parser.ts';
import { encodeHead, mayHaveBody, type Reply } from './reply.ts';

export type { Reply } from './reply.ts';

export type Handler = (request: HttpRequest) => Reply | Promise<Reply>;

export interface ServerOptions {
  /** What a request may measure; `defaultLimits` when absent. */
  readonly limits?: Limits;
  /** Connections that the kernel keeps for a server that is busy; 1,024 when absent. */
  readonly backlog?: number;
  /**
   * How long a client may take, from connecting, until its request is complete; after that, how long its kernel
   * may take nothing of its reply, and how long it may take to close its side. 10,000 when absent.
   */
  readonly headTimeoutMs?: number;
}

/** A body of at most this many bytes leaves in one piece with its head; a longer one in pieces of this size. */
const PIECE = 65_536;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const failure: Reply = { status: 500, body: 'the server failed\n' };

export class RawServer {
  readonly #server: Server;
  readonly #backlog: number;
  readonly #connections = new Set<Connection>();
  #closed: Promise<void> | undefined;

  constructor(handler: Handler, options: ServerOptions = {}) {
    const { limits = defaultLimits, backlog = 1_024, headTimeoutMs = 10_000 } = options;
    this.#backlog = backlog;
    // allowHalfOpen: a client that has sent its request may close that direction, and still wants the reply.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new Connection(socket, handler, limits, headTimeoutMs);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
  }

  /** Resolves with the port, which the kernel chooses when `port` is 0; rejects when it is taken. */
  listen(port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      // It stays: an accept that fails later, for want of file descriptors, must not end the process.
      server.on('error', reject);
      server.listen({ port, backlog: this.#backlog }, () => resolve((server.address() as AddressInfo).port));
    });
  }

  /**
   * Takes no new connections, destroys those on which nothing has come, lets those that have begun a request
   * finish it, and cuts off what is left after `graceMs`. Resolves when nothing is open any more. A second call
   * waits for the same end.
   */
  close(graceMs: number): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const cut = setTimeout(() => {
        for (const connection of this.#connections) connection.destroy();
      }, graceMs);
      // Called when the last connection has closed; with an error, which says nothing new, when it never listened.
      this.#server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      for (const connection of this.#connections) connection.endIfUnused();
    });
    return this.#closed;
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #handler: Handler;
  readonly #parser: HttpParser;
  /** The only timer of the connection. `refresh` starts it again, also when it has fired, which costs less than a new one. */
  readonly #deadline: NodeJS.Timeout;
  #phase: 'receiving' | 'answering' | 'sending' | 'leaving' = 'receiving';
  /** The request said "Connection: close": the client has promised to send nothing after it. */
  #sendsNoMore = false;
  /** What is left of a long body while the socket is full. */
  #rest: Iterator<string | Uint8Array> | undefined;

  constructor(socket: Socket, handler: Handler, limits: Limits, timeoutMs: number) {
    this.#socket = socket;
    this.#handler = handler;
    this.#parser = new HttpParser(limits);
    this.#deadline = setTimeout(() => this.#late(), timeoutMs);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => this.#inputEnded());
    // A reset, in whatever phase. 'close' follows, and there is nobody left to be told.
    socket.on('error', () => {});
    socket.on('close', () => clearTimeout(this.#deadline));
  }

  /** Nothing has come, so nothing can be lost: no reason to wait for this client. */
  endIfUnused(): void {
    if (this.#socket.bytesRead === 0) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    if (this.#phase !== 'receiving') return; // read and thrown away: see the head of this file
    let request: HttpRequest | null;
    try {
      this.#parser.feed(bytes);
      request = this.#parser.next();
    } catch (error) {
      this.#send(refusal(error));
      return;
    }
    if (request !== null) void this.#answer(request);
    else if (this.#parser.wantsContinue) this.#socket.write(CONTINUE);
  }

  async #answer(request: HttpRequest): Promise<void> {
    this.#phase = 'answering';
    this.#sendsNoMore = !request.keepAlive;
    let reply: Reply;
    try {
      reply = await this.#handler(request);
    } catch {
      // What was thrown is for those who run the server; strangers learn only that it failed.
      reply = failure;
    }
    this.#send(reply, request.method === 'HEAD');
  }

  /** The only place where a reply leaves, and the last thing that is sent. */
  #send(reply: Reply, headOnly = false): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#phase = 'sending';
    this.#deadline.refresh();
    let head: string;
    try {
      head = encodeHead(reply, 'close');
    } catch {
      this.#send(failure, headOnly);
      return;
    }
    const body = headOnly || !mayHaveBody(reply.status) ? '' : (reply.body ?? '');
    if (body.length > PIECE) {
      socket.on('drain', () => this.#sendMore());
      socket.write(head);
      this.#rest = piecesOf(body);
      this.#sendMore();
    } else {
      // One write, so one system call and mostly one packet; the end of the stream travels with it.
      this.#leave(typeof body === 'string' ? head + body : Buffer.concat([Buffer.from(head), body]));
    }
  }

  /** Sends until the socket has enough. It says so by `false`, and asks for more by 'drain'. */
  #sendMore(): void {
    if (this.#rest === undefined) return;
    this.#deadline.refresh();
    for (;;) {
      const { done, value } = this.#rest.next();
      if (done === true) break;
      if (!this.#socket.write(value)) return;
    }
    this.#rest = undefined;
    this.#leave();
  }

  #leave(last: string | Uint8Array = ''): void {
    this.#phase = 'leaving';
    this.#socket.end(last);
    // No need to wait for its end then: nothing unread will ever be there.
    if (this.#sendsNoMore) this.#socket.destroySoon();
  }

  #inputEnded(): void {
    // A request that was not complete never will be. In the other phases the reply is on its way.
    if (this.#phase === 'receiving') this.#leave();
  }

  #late(): void {
    if (this.#phase === 'receiving') this.#send({ status: 408, body: 'the request took too long\n' });
    else if (this.#phase !== 'answering') this.#socket.destroy();
  }
}

/** What the parser threw, for the client. Anything but an HttpError is a bug of ours. */
function refusal(error: unknown): Reply {
  return error instanceof HttpError ? { status: error.status, body: `${error.message}\n` } : failure;
}

/** A body in pieces that are made when they are asked for: text costs memory for one piece at a time. */
function* piecesOf(body: string | Uint8Array): Generator<string | Uint8Array> {
  let from = 0;
  while (from < body.length) {
    let to = Math.min(from + PIECE, body.length);
    if (typeof body === 'string') {
      // Half of a surrogate pair is no character, and would be sent as U+FFFD.
      if (to < body.length && (body.charCodeAt(to - 1) & 0xfc00) === 0xd800) to--;
      yield body.slice(from, to);
    } else {
      yield body.subarray(from, to); // no copy
    }
    from = to;
  }
}
