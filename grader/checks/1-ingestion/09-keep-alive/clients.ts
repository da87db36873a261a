/** A client that keeps its connection: it sends what it is told, and takes what comes apart into answers. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One answer, taken from the stream where its own head says that it ends. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** One character per byte. */
  readonly body: string;
}

const clients = new Set<Client>();

/** Ends what a check that failed has left. */
export function destroyClients(): void {
  for (const client of clients) client.destroy();
  clients.clear();
}

const headEnd = Buffer.from('\r\n\r\n');
const statusLine = /^HTTP\/1\.1 (\d{3}) [^\r\n]*$/;
const fieldLine = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*$/;

export class Client {
  readonly socket: Socket;
  /** Complete answers in the order they came; `100 Continue` is one of them. */
  readonly answers: Answer[] = [];
  /** What came and is no answer; undefined while all is well. */
  broken: string | undefined;
  /** Whether the server has ended its side, or the connection is cut. */
  ended = false;
  /** Numbers of the answers, from 0, that are to HEAD. */
  readonly headOnly = new Set<number>();
  /** Bytes that came. */
  bytes = 0;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that the answer which is coming needs; 0 while its head is not complete. */
  #needed = 0;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    clients.add(this);
    this.socket.on('data', (chunk) => this.#take(chunk));
    this.socket.on('error', () => {});
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.ended = true;
      });
    }
  }

  /** Resolves when the kernel has it all. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Waits until `done` is true, or the connection is over, or `ms` have passed; asks in turns of the event loop. */
  async until(done: () => boolean, ms = 5_000): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!done() && !this.ended && this.broken === undefined && performance.now() < deadline)
      await pause(1);
    return done();
  }

  /** Bytes of an answer that is not complete. */
  get rest(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  get isConnected(): boolean {
    return !this.socket.connecting && !this.socket.destroyed;
  }

  /** Reads nothing until `resume`: the kernel keeps what comes, as much as it likes. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  /** RST instead of a polite end. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Long bodies are joined once, when they are complete.
    if (this.#size < this.#needed || this.broken !== undefined) return;
    let bytes = Buffer.concat(this.#chunks);
    for (;;) {
      const length = this.#parse(bytes);
      if (length === 0) break;
      bytes = bytes.subarray(length);
    }
    this.#chunks = [bytes];
    this.#size = bytes.length;
  }

  /** Takes an answer from the front; gives its length, or 0 when it is not complete. */
  #parse(bytes: Buffer): number {
    this.#needed = 0;
    const end = bytes.indexOf(headEnd);
    if (end === -1) {
      const start = 'HTTP/1.1 ';
      const begin = bytes.toString('latin1', 0, start.length);
      if (!start.startsWith(begin)) this.broken = bytes.toString('latin1', 0, 300);
      return 0;
    }
    const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
    const status = Number(statusLine.exec(first)?.[1] ?? Number.NaN);
    const fields = new Map<string, string>();
    for (const line of lines) {
      const [, name = '', value = ''] = fieldLine.exec(line) ?? [];
      fields.set(name.toLowerCase(), value);
    }
    if (Number.isNaN(status) || fields.has('')) {
      this.broken = bytes.toString('latin1', 0, 300);
      return 0;
    }
    const isBodiless =
      status < 200 || status === 204 || status === 304 || this.headOnly.has(this.answers.length);
    const length = end + 4 + (isBodiless ? 0 : Number(fields.get('content-length') ?? 0));
    if (bytes.length < length) {
      this.#needed = length;
      return 0;
    }
    this.answers.push({ status, fields, body: bytes.toString('latin1', end + 4, length) });
    return length;
  }
}

/**
 * Writes without end, until nothing more goes out for `quietMs`, or `most` bytes are out. Gives how many the kernel and
 * the server have taken.
 */
export async function flood(
  client: Client,
  piece: Uint8Array,
  { most, quietMs }: { most: number; quietMs: number },
): Promise<number> {
  let given = 0;
  const more = (): void => {
    while (given < most && !client.socket.destroyed) {
      given += piece.length;
      if (!client.socket.write(piece)) return;
    }
  };
  client.socket.on('drain', more);
  more();
  const taken = (): number => given - client.socket.writableLength;
  // In turns of our own loop: a judge that gets no CPU must not conclude that nothing happens.
  for (let [seen, quiet] = [-1, 0]; quiet < quietMs / 5 && taken() < most && !client.ended; quiet++) {
    await pause(5);
    if (taken() !== seen) quiet = 0;
    seen = taken();
  }
  client.socket.off('drain', more);
  return taken();
}

const PIECE = Buffer.alloc(262_144, ' ');
export const LONG_MB = 32;
export const LONG_BYTES = LONG_MB * 1_048_576;

/** How a long write ended: with the status that could be read after it, or with why it could not be finished. */
export type Ending = { readonly status: number } | { readonly failed: string };

/**
 * On a client whose answers so far have been read: sends 32 MB, and reads nothing more before all of it is out. The
 * answer that counts comes behind `behind` others.
 */
export function writeThenRead(client: Client, head: string, behind = 0): Promise<Ending> {
  const { socket } = client;
  const before = client.answers.length + behind;
  return new Promise((resolve) => {
    const finish = (ending: Ending): void => {
      clearTimeout(timer);
      resolve(ending);
    };
    const timer = setTimeout(() => finish({ failed: 'the write stands still: nobody reads' }), 6_000);
    socket.on('error', (error) =>
      finish({ failed: `the connection was cut (${'code' in error ? error.code : error.message})` }),
    );
    client.pause();
    const write = (left: number): void => {
      if (left > 0) {
        socket.write(PIECE, (error) => error ?? write(left - PIECE.length));
        return;
      }
      client.resume();
      void client
        .until(() => client.answers.length > before)
        .then(() => {
          const answer = client.answers[before];
          finish(answer ?? { failed: 'the connection was closed without an answer' });
        });
    };
    socket.write(head, () => write(LONG_BYTES));
  });
}
