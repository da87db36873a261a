/** What the gates measure, beside the student's server: the server itself, a yardstick, and clients. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { student } from '../../../harness/driver.ts';

type Servers = typeof import('../../../../exercises/1-ingestion/09-keep-alive/server.ts');
type Reply = import('../../../../exercises/1-ingestion/02-raw-server/reply.ts').Reply;

const { KeepAliveServer } = await student<Servers>('server.ts');

const acceptedOne = Buffer.from('{"status":"accepted","count":1}');
const fields = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Request-Id': '7f3a',
};

/** The gates' server, by the student. */
export async function serveKept(): Promise<number> {
  const reply: Reply = { status: 202, headers: fields, body: acceptedOne };
  const server = new KeepAliveServer(({ body }) => (body.length > 0 ? reply : { status: 400 }));
  return server.listen(0);
}

const LANES = 4;
const post = [
  'POST /metrics HTTP/1.1',
  'Host: localhost',
  'Content-Type: application/json',
  'Content-Length: 24',
];
const metric = '{"name":"cpu","value":1}';
let port = 0;
let count = 0;

/** For both sides of the gate: the student's server, and how many requests are to be sent. Not timed. */
export async function prepareRequests(size: number): Promise<void> {
  count = size;
  if (port === 0) port = await serveKept();
}

/** All on four connections that are opened for it, by clients in this process. */
export async function askKept(): Promise<number> {
  const lane = async (): Promise<number> => {
    const client = new Lane();
    let answered = 0;
    for (let i = 0; i < count / LANES; i++) answered += await client.ask('keep-alive');
    client.destroy();
    return answered;
  };
  const answered = await Promise.all(Array.from({ length: LANES }, lane));
  return answered.reduce((sum, each) => sum + each, 0);
}

/** As many, four at a time, each on a connection of its own. */
export async function askAnew(): Promise<number> {
  const lane = async (): Promise<number> => {
    let answered = 0;
    for (let i = 0; i < count / LANES; i++) {
      const client = new Lane();
      answered += await client.ask('close');
      client.destroy();
    }
    return answered;
  };
  const answered = await Promise.all(Array.from({ length: LANES }, lane));
  return answered.reduce((sum, each) => sum + each, 0);
}

/** A client that knows the only answer it will get. */
class Lane {
  readonly #socket = connect({ port, host: '127.0.0.1', noDelay: true });
  #done: (right: number) => void = () => {};
  #text = '';

  constructor() {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      if (this.#text.endsWith('"count":1}')) this.#finish(this.#text.startsWith('HTTP/1.1 202 ') ? 1 : 0);
    });
    this.#socket.on('error', () => this.#finish(0));
    this.#socket.on('end', () => this.#finish(0));
  }

  /** 1 when the answer is right. */
  ask(after: 'close' | 'keep-alive'): Promise<number> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#text = '';
      if (this.#socket.destroyed) resolve(0);
      else this.#socket.write([...post, `Connection: ${after}`, '', metric].join('\r\n'));
    });
  }

  #finish(right: number): void {
    this.#done(right);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** The yardstick: the same reply by node:http, as one would write it with care. */
export async function serveNode(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      response.writeHead(body.length > 0 ? 202 : 400, { ...fields, 'Content-Length': acceptedOne.length });
      response.end(acceptedOne);
    });
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, backlog: 1_024 }, resolve));
  return (server.address() as AddressInfo).port;
}
