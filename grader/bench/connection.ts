/**
 * One client: a connection with up to `pipeline` requests under way, opened when it is needed.
 *
 * Each request that `send` was given ends exactly once in the tally. What happens to a connection happens to all
 * requests under way on it: when it is reset, all of them are resets; when the oldest gets no reply in time, the
 * connection is given up and all of them are timeouts; after bytes that are no reply, all of them are garbage. A
 * reply with `Connection: close` ends the connection: pipelined requests behind it count as resets, for they were
 * sent, and the server may have read them.
 *
 * A reply that comes while nothing is under way is one too many: counted as unasked, and the connection closed. Behind
 * the next request it cannot be told from that one's own; so after the first reply on a connection there is a moment of
 * listening, and after the last (engine.ts).
 *
 * There are no promises, timers or closures per request: this is the hot path.
 */
import { connect, type Socket } from 'node:net';
import { ReplyReader } from './reply.ts';
import type { Shared } from './shared.ts';
import type { Failure } from './tally.ts';
import { beginning, countReply, example } from './verdict.ts';

const closed = 0;
const opening = 1;
const open = 2;

/** A body is kept for judging, or for an example. */
const keptBytes = 1_048_576;

export class Connection {
  readonly #shared: Shared;
  readonly #reader: ReplyReader;
  /** When the requests under way were due, and when they left: two rings, the oldest at `#first`. */
  readonly #due: Float64Array;
  readonly #left: Float64Array;
  #first = 0;
  #underWay = 0;
  #socket: Socket | undefined;
  #state = closed;
  #openingSince = 0;
  /** Nothing was answered on it yet. */
  #isNew = true;

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#reader = new ReplyReader(shared.memory, { bodiless: shared.bodiless, keep: keptBytes });
    this.#due = new Float64Array(shared.pipeline);
    this.#left = new Float64Array(shared.pipeline);
  }

  get isOpen(): boolean {
    return this.#state === open;
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** How many requests it can take now; a closed connection takes one, which waits for it to open. */
  get room(): number {
    if (this.#state === open) return this.#shared.pipeline - this.#underWay;
    return this.#state === closed ? 1 : 0;
  }

  /** Sends the next request, whose latency counts from `due`. There must be room. */
  send(due: number, now: number): void {
    const shared = this.#shared;
    let slot = this.#first + this.#underWay;
    if (slot >= shared.pipeline) slot -= shared.pipeline;
    this.#due[slot] = due;
    this.#left[slot] = now;
    this.#underWay++;
    shared.underWay++;
    shared.tally.sent++;
    if (this.#state === open) this.#socket?.write(shared.requests.next());
    else this.open(now);
  }

  /** Requests sent until `flush` leave in one write. */
  hold(): void {
    this.#socket?.cork();
  }

  flush(): void {
    this.#socket?.uncork();
  }

  open(now: number): void {
    const { host, port, buffer } = this.#shared;
    this.#state = opening;
    this.#openingSince = now;
    this.#isNew = true;
    this.#reader.next();
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: { buffer, callback: (count, bytes) => this.#read(count, bytes as Buffer) },
    });
    this.#socket = socket;
    // A socket that was given up may still speak: what it says is about nobody.
    socket.on('connect', () => {
      if (socket === this.#socket) this.#opened();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (socket === this.#socket) this.#lost(error.message, error.code);
    });
    socket.on('end', () => {
      if (socket === this.#socket) this.#ended();
    });
    socket.on('close', () => {
      if (socket === this.#socket) this.#lost('the server closed it');
    });
  }

  /** Gives up what takes too long. Called now and then, not exactly when the time is over. */
  sweep(now: number): void {
    const { timeoutMs } = this.#shared;
    if (this.#state === opening) {
      if (now - this.#openingSince > timeoutMs) this.#lost(`no connection within ${timeoutMs} ms`);
    } else if (this.#underWay > 0 && now - (this.#left[this.#first] as number) > timeoutMs) {
      this.#fail('timeouts', `no whole reply within ${timeoutMs} ms`, now);
      this.#shared.driver.ready(this, now);
    }
  }

  /** Closes it; requests under way are withdrawn, as if they had never been sent. */
  close(): void {
    this.#shared.tally.withdraw(this.#underWay);
    this.#drop();
  }

  #opened(): void {
    const shared = this.#shared;
    this.#state = open;
    // The request that opened the connection.
    if (this.#underWay > 0) this.#socket?.write(shared.requests.next());
    shared.driver.ready(this, performance.now());
  }

  #read(count: number, bytes: Buffer): boolean {
    const now = performance.now();
    const reader = this.#reader;
    const { keepAlive, driver } = this.#shared;
    let at = 0;
    while (at < count) {
      if (this.#underWay === 0) {
        this.#unasked(bytes, count);
        break;
      }
      at = reader.feed(bytes, at, count);
      const surplus = this.#underWay === 1 && reader.whole && at < count;
      const problem = surplus ? 'is followed by bytes that nobody asked for' : reader.problem;
      if (problem !== '') {
        const read = `it came in a read that begins ${beginning(bytes, count)}`;
        this.#fail('garbage', `the reply ${problem}; ${read}`, now);
        break;
      }
      if (!reader.whole) return true;
      this.#replied(now);
      const last = reader.close || !keepAlive;
      reader.next();
      if (last) {
        this.#fail('resets', 'the server closed the connection behind an earlier reply', now);
        break;
      }
    }
    if (this.#isNew && this.#underWay === 0 && this.#state === open) this.#listen();
    else driver.ready(this, now);
    return true;
  }

  /** Ready once everything has been read that may have come behind the first reply. */
  #listen(): void {
    const socket = this.#socket;
    this.#isNew = false;
    // The second is called after one whole round of the event loop, reading included.
    const heard = (): void => {
      if (socket === this.#socket) this.#shared.driver.ready(this, performance.now());
    };
    setImmediate(() => setImmediate(heard));
  }

  #unasked(bytes: Buffer, count: number): void {
    const { tally } = this.#shared;
    tally.unasked++;
    const why = `bytes that nobody asked for; they begin ${beginning(bytes, count)}`;
    if (tally.lacks('unasked')) tally.show('unasked', example('unasked', why));
    this.#drop();
  }

  /** A whole reply to the oldest request. */
  #replied(now: number): void {
    const due = this.#due[this.#first] as number;
    const left = this.#left[this.#first] as number;
    this.#first = this.#first + 1 === this.#shared.pipeline ? 0 : this.#first + 1;
    this.#underWay--;
    this.#shared.underWay--;
    countReply(this.#shared, this.#reader, due, left, now);
  }

  /** The server has said all it will say. */
  #ended(): void {
    const now = performance.now();
    if (this.#underWay > 0 && this.#reader.finish()) {
      this.#replied(now);
      this.#fail('resets', 'the server closed the connection behind an earlier reply', now);
      this.#shared.driver.ready(this, now);
    } else this.#lost('the server closed it');
  }

  /** The connection is gone, or never came. */
  #lost(why: string, code?: string): void {
    const now = performance.now();
    if (this.#state === opening) {
      // Somebody listened, and let go before we even knew that we were in.
      this.#fail(code === 'ECONNRESET' ? 'resets' : 'refused', why, now);
      this.#shared.driver.refused(this, now);
    } else {
      this.#fail('resets', `the connection ended before the reply was whole: ${why}`, now);
      this.#shared.driver.ready(this, now);
    }
  }

  /** All that is under way has ended like this. */
  #fail(failure: Failure, why: string, now: number): void {
    const { tally } = this.#shared;
    if (this.#underWay > 0) {
      tally.fail(failure, this.#underWay, now);
      if (tally.lacks(failure)) tally.show(failure, example(failure, why));
    }
    this.#drop();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#state = closed;
    this.#shared.underWay -= this.#underWay;
    this.#underWay = 0;
    this.#first = 0;
    socket?.destroy();
  }
}
