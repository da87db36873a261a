/** One HTTP/1.1 connection that is asked one thing at a time. Just enough of HTTP to be a fair and cheap client. */
import { connect, type Socket } from 'node:net';
import type { LoadRequest } from './protocol.ts';

const headEnd = Buffer.from('\r\n\r\n');

export class Connection {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #asked: LoadRequest | undefined;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #broken: Error | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#fail(`the connection broke (${error.message})`));
    this.#socket.on('close', () => this.#fail('the server closed the connection'));
  }

  /** Resolves when the reply is whole and right; rejects with what is wrong. */
  ask(request: LoadRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken);
        return;
      }
      this.#asked = request;
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request.bytes);
    });
  }

  close(): void {
    this.#asked = undefined;
    this.#socket.destroy();
  }

  #fail(what: string): void {
    this.#broken = new Error(
      `${what}${this.#asked === undefined ? '' : ` before it answered ${this.#asked.name}`}`,
    );
    if (this.#asked !== undefined) this.#reject(this.#broken);
  }

  #receive(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const asked = this.#asked;
    const reply = parseReply(this.#buffer);
    if (reply === undefined) return;
    if (asked === undefined) {
      this.#fail('the server sent a reply that nobody asked for');
      return;
    }
    this.#buffer = this.#buffer.subarray(reply.length);
    this.#asked = undefined;
    const problem = compare(asked, reply);
    if (problem === undefined) this.#resolve();
    else this.#reject(new Error(problem));
  }
}

interface Reply {
  readonly status: number;
  readonly body: Buffer;
  /** Bytes of the whole reply. */
  readonly length: number;
}

/** The first reply in the buffer; undefined while it is not whole. */
export function parseReply(buffer: Buffer): Reply | undefined {
  const end = buffer.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = buffer.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const start = end + headEnd.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const stop = start + Number(length);
    return buffer.length < stop ? undefined : { status, body: buffer.subarray(start, stop), length: stop };
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return parseChunks(buffer, start, status);
  return { status, body: buffer.subarray(start, start), length: start };
}

function parseChunks(buffer: Buffer, start: number, status: number): Reply | undefined {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = buffer.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(buffer.toString('latin1', at, lineEnd), 16);
    const from = lineEnd + 2;
    if (buffer.length < from + size + 2) return undefined;
    if (!(size > 0)) return { status, body: Buffer.concat(parts), length: from + 2 };
    parts.push(buffer.subarray(from, from + size));
    at = from + size + 2;
  }
}

function compare(asked: LoadRequest, reply: Reply): string | undefined {
  if (reply.status !== asked.status)
    return `${asked.name} got status ${reply.status} instead of ${asked.status}`;
  if (asked.reply === undefined || reply.body.equals(asked.reply)) return undefined;
  const received = reply.body.toString('utf8').slice(0, 60);
  return `${asked.name} got ${JSON.stringify(received)} instead of ${JSON.stringify(Buffer.from(asked.reply).toString('utf8').slice(0, 60))}`;
}
