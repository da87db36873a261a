/** A client of few words, inside the process of the service: many requests in little time. */
import { connect, type Socket } from 'node:net';

export interface Message {
  readonly client: string;
  readonly seq?: number | undefined;
  readonly body: string;
}

export function requestOf({ client, seq, body }: Message): string {
  const number = seq === undefined ? '' : `X-Batch-Seq: ${seq}\r\n`;
  return `POST /metrics HTTP/1.1\r\nHost: ingest\r\nAuthorization: ${client}\r\n${number}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** One connection; answers come in the order of the requests. */
export class Wire {
  readonly #socket: Socket;
  readonly #waiting: ((status: number) => void)[] = [];
  #text = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const resolve of this.#waiting.splice(0)) resolve(0);
    });
  }

  /** Undefined when nobody listens there. */
  static open(port: number): Promise<Wire | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(new Wire(socket)));
      socket.once('error', () => resolve(undefined));
    });
  }

  /** The status of the answer; 0 when the connection ends before it. */
  post(message: Message): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(requestOf(message));
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = this.#text.slice(0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (this.#text.length < end + 4 + length) return;
      this.#text = this.#text.slice(end + 4 + length);
      this.#waiting.shift()?.(Number(head.slice(9, 12)));
    }
  }
}
