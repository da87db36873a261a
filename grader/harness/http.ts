/** HTTP as a check uses it: every exchange can be shown, and repeated with curl. */
import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type Cause, fail, show, type Wrong } from './expectations.ts';

export interface HttpRequest {
  readonly port: number;
  /** Default GET, or POST when there is a body. */
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default 5,000. */
  readonly timeoutMs?: number;
}

/** A request and the whole answer. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; fails the check when it is not. */
  json(): unknown;
}

/** Sends one request on a connection of its own and reads the whole answer. */
export async function request(options: HttpRequest): Promise<Exchange> {
  const { port, path = '/', headers = {}, body, timeoutMs = 5_000 } = options;
  const method = options.method ?? (body === undefined ? 'GET' : 'POST');
  // Loaded at the first request: it takes as long as all else that a check needs, and half of the exercises
  // send no request.
  const { request: send } = await import('undici');
  try {
    const reply = await send(`http://127.0.0.1:${port}${path}`, {
      method: method as 'GET',
      headers: { connection: 'close', ...headers },
      ...(body === undefined ? {} : { body }),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      reset: true,
    });
    const text = await reply.body.text();
    const plain = Object.entries(reply.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]);
    const exchange = {
      request: { ...options, method },
      status: reply.statusCode,
      headers: Object.fromEntries(plain),
      text,
    };
    return { ...exchange, json: () => parse({ ...exchange, json: () => undefined }) };
  } catch (error) {
    fail({
      summary: `${method} ${path} got no answer`,
      expected: 'an HTTP answer',
      received: whyNot(error, timeoutMs),
      curl: curlOf(options),
    });
  }
}

/** Why there was no answer, in words that need no knowledge of the client. */
function whyNot(error: unknown, timeoutMs: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return `nothing within ${timeoutMs / 1000} s`;
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return `the beginning of an answer, and then nothing for ${timeoutMs / 1000} s`;
  if (code === 'ECONNREFUSED') return 'connection refused: no server listens on that port';
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET')
    return 'the connection was closed before the answer was complete';
  return error instanceof Error ? error.message || error.name : String(error);
}

/** Compares status, headers (each must be there) and JSON (`json`: exactly; `jsonHas`: at least these fields). */
export function expectResponse(
  exchange: Exchange,
  expected: {
    status: number;
    json?: unknown;
    jsonHas?: Readonly<Record<string, unknown>>;
    headers?: Readonly<Record<string, string>>;
  },
  cause?: Cause,
): void {
  const { request: sent } = exchange;
  const what = `${sent.method} ${sent.path ?? '/'}`;
  const wrong = (summary: string, wanted: string, received: string): never => {
    const text = typeof cause === 'function' ? cause(exchange) : cause;
    return fail({
      summary,
      expected: wanted,
      received,
      ...(text === undefined ? {} : { cause: text }),
      ...exhibitOf(exchange),
    });
  };
  if (exchange.status !== expected.status) {
    wrong(`${what} answered ${exchange.status}`, `status ${expected.status}`, `status ${exchange.status}`);
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const received = exchange.headers[name.toLowerCase()];
    if (received !== value)
      wrong(`${what}: wrong header ${name}`, `${name}: ${value}`, received ?? 'no such header');
  }
  if ('json' in expected && !isDeepStrictEqual(exchange.json(), expected.json)) {
    wrong(`${what}: wrong body`, show(expected.json), show(exchange.json()));
  }
  if (expected.jsonHas !== undefined) {
    const body = exchange.json() as Readonly<Record<string, unknown>> | null;
    for (const [name, value] of Object.entries(expected.jsonHas)) {
      if (!isDeepStrictEqual(body?.[name], value))
        wrong(`${what}: wrong "${name}" in the body`, show(value), show(body?.[name]));
    }
  }
}

/** The exchange as text and the curl line that repeats it: the last two fields of a failure. */
export function exhibitOf(exchange: Exchange): Pick<Wrong, 'exhibit' | 'curl'> {
  const { method = 'GET', path = '/', headers = {}, body } = exchange.request;
  const lines = [
    `> ${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `> ${name}: ${value}`),
    ...(body === undefined ? [] : ['>', `> ${shorten(body)}`]),
    `< ${exchange.status}`,
    ...Object.entries(exchange.headers).map(([name, value]) => `< ${name}: ${value}`),
    '<',
    `< ${shorten(exchange.text)}`,
  ];
  return { exhibit: lines.join('\n'), curl: curlOf(exchange.request) };
}

function parse(exchange: Exchange): unknown {
  try {
    return JSON.parse(exchange.text);
  } catch {
    fail({
      summary: `the answer to ${exchange.request.path ?? '/'} is not JSON`,
      expected: 'a JSON body',
      received: shorten(exchange.text),
      ...exhibitOf(exchange),
    });
  }
}

/** The port is the one of a running server: `craft run` starts yours, and prints its own. */
function curlOf({ port, method, path = '/', headers = {}, body }: HttpRequest): string {
  const words = ['curl', '-i'];
  if (method !== undefined && method !== 'GET' && !(method === 'POST' && body !== undefined))
    words.push('-X', method);
  for (const [name, value] of Object.entries(headers)) words.push('-H', quote(`${name}: ${value}`));
  if (body !== undefined) words.push('--data-binary', quote(shorten(body)));
  words.push(quote(`http://127.0.0.1:${port}${path}`));
  return words.join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function shorten(body: string | Uint8Array): string {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return text.length > 600 ? `${text.slice(0, 600)}... (${text.length} characters)` : text;
}

/** A bare TCP connection, for requests that are cut, late or never finished. */
export interface RawConnection {
  write(bytes: string | Uint8Array): Promise<void>;
  /** Half-closes: nothing more will be sent. */
  end(): void;
  /** All text until the server closes the connection, or until `ms` have passed. */
  readUntilClose(ms?: number): Promise<string>;
  /** Text received once `wanted` is found in it; fails the check after `ms`. */
  readUntil(wanted: string | RegExp, ms?: number): Promise<string>;
  /** Whether the server has closed its side. */
  readonly closed: boolean;
  destroy(): void;
}

/** Fails the check when nobody listens there. */
export async function raw(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let text = '';
  let closed = false;
  // A character may come in two reads.
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => {
    text += piece;
  });
  socket.on('error', () => {});
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      closed = true;
    });
  }
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', resolve);
  });
  if (closed) {
    fail({
      summary: `nobody accepts a connection on port ${port}`,
      expected: 'a server that listens there',
      received: 'connection refused',
    });
  }
  const until = async (done: () => boolean, ms: number): Promise<boolean> => {
    const deadline = performance.now() + ms;
    while (!done() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2));
    return done();
  };
  return {
    write: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    end: () => socket.end(),
    readUntilClose: async (ms = 3_000) => {
      await until(() => closed, ms);
      return text;
    },
    readUntil: async (wanted, ms = 3_000) => {
      const found = (): boolean => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
      if (!(await until(() => found() || closed, ms)) || !found()) {
        fail({
          summary: 'the server did not answer on a raw connection',
          expected: String(wanted),
          received: show(text),
        });
      }
      return text;
    },
    get closed() {
      return closed;
    },
    destroy: () => socket.destroy(),
  };
}
