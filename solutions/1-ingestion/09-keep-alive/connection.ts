/**
 * One connection, open for any number of requests.
 *
 * It is a queue: requests go in at one end in the order they came, answers leave at the other in the same
 * order, whenever their handlers are done. Whatever happens (bytes, a handler that is done, a socket that has emptied)
 * ends in one method, `#turn`, which does all that can be done now:
 *
 *   bytes --> incoming --#take--> slots: [done] [at work] [done] [at work]
 *                                   |
 *                                 #send: all from the first on that are done, in one write
 *
 * Then it says who is to act next (`#wait`): the client, who gets a deadline, or a handler, who gets none. Nobody can
 * make the queue long: it has `maxPipelined` places, and while they are taken, or the client does not read what it was
 * sent, nothing more is read. The kernel's buffers fill then, and the client's `write` waits.
 */
import type { Socket } from 'node:net';
import { HttpError, type HttpRequest, type Limits } from '../01-http-parser/parser.ts';
import { mayHaveBody, type Reply } from '../02-raw-server/reply.ts';
import type { Handler } from '../02-raw-server/server.ts';
import { Deadline } from './deadline.ts';
import { headOf } from './heads.ts';
import { Incoming } from './incoming.ts';
import { latin1, PIECE, piecesOf } from './pieces.ts';

/** What the server says when it answers by itself: `reason` is for people, and may be shown to the client. */
export type Wording = (status: number, reason: string) => Omit<Reply, 'status'>;

/** The options of the server, with their defaults filled in. */
export interface Settings {
  readonly limits: Limits;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxPipelined: number;
  readonly maxRequests: number;
  readonly refusal: Wording;
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** A place in the queue: a request that was taken, and its reply once it is known. */
interface Slot {
  readonly headOnly: boolean;
  reply: Reply | undefined;
}

export class Connection {
  readonly #socket: Socket;
  readonly #handler: Handler;
  readonly #settings: Settings;
  readonly #incoming: Incoming;
  readonly #deadline = new Deadline(() => this.#late());
  readonly #slots: Slot[] = [];
  #taken = 0;
  /** How many requests may still be taken before the other connections have had their turn. */
  #budget: number;
  #isYielding = false;
  /** Whether `#take` stopped for want of a place or of budget, and `#incoming` may hold more requests. */
  #isFull = false;
  /** Whether no further request is taken: what still comes is read and thrown away. */
  #isLast = false;
  #isClosing = false;
  /** The client promised, by "Connection: close", to send nothing more. */
  #sendsNoMore = false;
  #isScheduled = false;
  /** What is left of a long body while the socket has enough. */
  #rest: Iterator<string | Uint8Array> | undefined;
  /** Whether the deadline is that of a request which has come in part. */
  #isReceiving = true;
  #saidContinue = false;
  /** Whether a few bytes are left that the kernel has not taken: too few for a 'drain'. */
  #isFlushing = false;

  constructor(socket: Socket, handler: Handler, settings: Settings) {
    this.#socket = socket;
    this.#handler = handler;
    this.#settings = settings;
    this.#budget = settings.maxPipelined;
    this.#incoming = new Incoming(settings.limits);
    this.#deadline.set(settings.headTimeoutMs);
    socket.on('data', (bytes: Buffer) => {
      if (this.#isLast) return;
      this.#incoming.feed(bytes);
      this.#turn();
    });
    socket.on('end', () => this.#turn());
    socket.on('drain', () => this.#drained());
    socket.on('error', () => {}); // a reset; 'close' follows
    socket.on('close', () => this.#deadline.stop());
  }

  /** The server closes. */
  finish(): void {
    this.#isClosing = true;
    if (this.#slots.length > 0 || !this.#incoming.isEmpty || this.#isBlocked) {
      this.#turnSoon();
    } else if (!this.#socket.writableEnded) {
      this.#isLast = true;
      this.#leave();
      this.#socket.destroySoon(); // nothing is under way: no reason to wait for this client
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The socket has enough for now, and will say 'drain'. */
  get #isBlocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get #hasPlace(): boolean {
    return this.#slots.length < this.#settings.maxPipelined;
  }

  /** Does all that can be done now. */
  #turn(): void {
    if (this.#isBlocked || this.#socket.writableEnded || this.#socket.destroyed) return;
    const before = this.#taken;
    this.#take();
    this.#send();
    if (!this.#socket.writableEnded) this.#wait(this.#taken > before);
  }

  /** One turn for all that happens until then: sixteen handlers that end together make one write. */
  #turnSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      this.#turn();
    });
  }

  /** Goes on when the other connections have had their turn: `setImmediate` comes after all sockets. */
  #yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    setImmediate(() => {
      this.#isYielding = false;
      this.#budget = this.#settings.maxPipelined;
      this.#turn();
    });
  }

  /** Takes requests while there are any, and places for them. */
  #take(): void {
    this.#isFull = false;
    while (!this.#isLast) {
      let request: HttpRequest | null = null;
      if (!this.#incoming.isEmpty) {
        this.#isFull = !this.#hasPlace || this.#budget === 0;
        if (this.#isFull) return;
        try {
          request = this.#incoming.next();
        } catch (error) {
          // Answered in its turn. Where the next request begins nobody knows.
          this.#refuse(error instanceof HttpError ? this.#say(error.status, error.message) : this.#failure());
          return;
        }
      }
      if (request === null) {
        this.#isLast = this.#socket.readableEnded || (this.#isClosing && this.#incoming.isEmpty);
        return;
      }
      this.#call(request);
    }
  }

  /** An answer of the server's own. */
  #say(status: number, reason: string): Reply {
    return { ...this.#settings.refusal(status, reason), status };
  }

  /** Why it failed is for whoever runs the server, not for its clients. */
  #failure(): Reply {
    return this.#say(500, 'the server failed');
  }

  /** The answer instead of a request; no other follows it. */
  #refuse(reply: Reply): void {
    this.#slots.push({ headOnly: false, reply });
    this.#isLast = true;
  }

  #call(request: HttpRequest): void {
    const slot: Slot = { headOnly: request.method === 'HEAD', reply: undefined };
    this.#slots.push(slot);
    this.#saidContinue = false;
    this.#sendsNoMore = !request.keepAlive;
    this.#taken++;
    this.#budget--;
    this.#isLast = this.#sendsNoMore || this.#taken >= this.#settings.maxRequests;
    let reply: Reply | Promise<Reply>;
    try {
      reply = this.#handler(request);
    } catch {
      reply = this.#failure();
    }
    // A handler that knows its answer need not wait for a microtask, nor its client.
    if (!(reply instanceof Promise)) {
      slot.reply = reply ?? this.#failure();
      return;
    }
    const settle = (late: Reply): void => {
      slot.reply = late ?? this.#failure();
      if (this.#slots[0] === slot) this.#turnSoon();
    };
    reply.then(settle, () => settle(this.#failure()));
  }

  /** Sends what is ready at the front of the queue, in one write while the replies are short. */
  #send(): void {
    const socket = this.#socket;
    // In latin1 a character is a byte: one string takes heads, text and bytes alike.
    let out = '';
    while (!this.#isBlocked) {
      const slot = this.#slots[0];
      if (slot?.reply === undefined) break;
      this.#slots.shift();
      const { head, body } = this.#encode(slot.reply, slot.headOnly);
      out += head;
      if (body.length <= PIECE) {
        out += latin1(body);
        if (out.length < PIECE) continue;
      } else {
        this.#rest = piecesOf(body);
      }
      socket.write(out, 'latin1');
      out = '';
      if (!this.#isBlocked) this.#sendRest();
    }
    if (this.#isLast && this.#slots.length === 0 && !this.#isBlocked) this.#leave(out);
    else if (out !== '') socket.write(out, 'latin1');
  }

  #encode(reply: Reply, headOnly: boolean, isOwn = false): { head: string; body: string | Uint8Array } {
    try {
      const head = headOf(reply, this.#isLast && this.#slots.length === 0 ? 'close' : 'keep-alive');
      return { head, body: headOnly || !mayHaveBody(reply.status) ? '' : (reply.body ?? '') };
    } catch {
      return this.#encode(isOwn ? { status: 500 } : this.#failure(), headOnly, true);
    }
  }

  /** Sends of a long body until the socket has enough. */
  #sendRest(): void {
    while (this.#rest !== undefined && !this.#isBlocked) {
      const { done, value } = this.#rest.next();
      if (done === true) this.#rest = undefined;
      else this.#socket.write(value);
    }
  }

  #drained(): void {
    this.#sendRest();
    if (this.#isBlocked) this.#deadline.set(this.#settings.headTimeoutMs);
    else this.#turn();
  }

  /** Nothing more can be done now. Who is to act, and how long may it take? */
  #wait(hasTaken: boolean): void {
    const { headTimeoutMs, idleTimeoutMs } = this.#settings;
    const wasReceiving = this.#isReceiving && !hasTaken;
    this.#isReceiving = false;
    this.#pause(this.#isBlocked || this.#isFull);
    // There are places, and there may be requests for them.
    if (this.#isFull && this.#hasPlace) this.#yield();
    if (this.#isBlocked) {
      this.#deadline.set(headTimeoutMs); // the client, who should read
    } else if (this.#socket.writableLength > 0) {
      this.#awaitFlush(); // the client as well
    } else if (this.#slots.length > 0) {
      this.#deadline.clear(); // a handler
    } else if (this.#incoming.isEmpty) {
      this.#deadline.set(idleTimeoutMs);
    } else {
      // The client, who has begun a request. What trickles in does not move its deadline.
      this.#isReceiving = true;
      if (!wasReceiving) this.#deadline.set(headTimeoutMs);
      this.#sayContinue();
    }
  }

  /** Below the high-water mark nobody says 'drain': the callback of an empty write comes when all before it has left. */
  #awaitFlush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#deadline.set(this.#settings.headTimeoutMs);
    this.#socket.write('', () => {
      this.#isFlushing = false;
      this.#turn();
    });
  }

  #sayContinue(): void {
    if (this.#saidContinue || !this.#incoming.wantsContinue) return;
    this.#saidContinue = true;
    this.#socket.write(CONTINUE);
  }

  #pause(pauses: boolean): void {
    if (pauses === this.#socket.isPaused()) return;
    if (pauses) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Ends our side after `last`, and reads on: closing with unread input would send RST, which may cost the answer. */
  #leave(last = ''): void {
    this.#pause(false);
    this.#socket.end(last, 'latin1');
    if (this.#sendsNoMore) this.#socket.destroySoon();
    this.#deadline.set(this.#settings.headTimeoutMs);
  }

  /** The client was to act, and did not. */
  #late(): void {
    if (this.#socket.writableEnded || this.#socket.writableLength > 0) {
      this.#socket.destroy();
    } else if (this.#incoming.isEmpty) {
      this.#isLast = true;
      this.#leave();
    } else {
      this.#refuse(this.#say(408, 'the request took too long'));
      this.#turn();
    }
  }
}
