/** What the checks of this exercise share: a running server, and replies as they come over the wire. */
import { Expectation } from '../../../harness/expectations.ts';
import type { CheckContext, ModuleHandle, RawConnection } from '../../../harness/index.ts';
import { eventually, expectEqual, fail, shape, show, z } from '../../../harness/index.ts';

import { destroyReaders } from './clients.ts';

export interface Setup {
  readonly headTimeoutMs?: number;
  readonly backlog?: number;
  readonly maxBody?: number;
  readonly maxHead?: number;
  readonly maxTarget?: number;
}

const Leftovers = z.object({ sockets: z.number(), timers: z.number() });
const Memory = z.object({ rssMb: z.number(), heldMb: z.number() });
export type Leftovers = z.infer<typeof Leftovers>;

export interface Lab {
  readonly port: number;
  readonly driver: ModuleHandle;
  call(method: string, ...args: unknown[]): Promise<unknown>;
  connect(): Promise<RawConnection>;
  /** Sends `request` on a connection of its own, and reads until the server closes it. */
  exchange(request: string | Uint8Array, cause?: string): Promise<string>;
  /** `METHOD target` of all that reached the handler. */
  requests(): Promise<string[]>;
  /** Waits until `count` handlers wait in `/wait`. */
  untilWaiting(count: number): Promise<void>;
  leftovers(): Promise<Leftovers>;
  memory(): Promise<z.infer<typeof Memory>>;
  /** Waits until no connection is open. */
  untilNoneOpen(after: string, cause: string): Promise<Leftovers>;
}

/** Starts the student's server, lets `body` use it, and closes it. */
export async function withServer(
  { subject, http }: CheckContext,
  setup: Setup,
  body: (lab: Lab) => Promise<void>,
): Promise<void> {
  const driver = await subject.driver();
  const service = await driver.hold('start', setup);
  const port = shape('what listen() resolved with', await service.call('port'), z.number().int().positive());
  const connect = (): Promise<RawConnection> => http.raw(port);
  // What an earlier check has left is not this one's fault.
  const look = async (): Promise<Leftovers> => shape('leftovers', await driver.call('leftovers'), Leftovers);
  const before = await look();
  const leftovers = async (): Promise<Leftovers> => {
    const { sockets, timers } = await look();
    return { sockets: Math.max(0, sockets - before.sockets), timers: timers - before.timers };
  };
  const lab: Lab = {
    port,
    driver,
    connect,
    leftovers,
    call: (method, ...args) => service.call(method, ...args),
    exchange: async (request, cause) => {
      const connection = await connect();
      await connection.write(request);
      const text = await readReply({ subject }, connection, show(String(request).slice(0, 300)), cause);
      connection.destroy();
      return text;
    },
    requests: async () => shape('the requests', await service.call('requests'), z.array(z.string())),
    untilWaiting: async (count) => {
      await eventually(`${count} requests reach the handler`, async () =>
        (await service.call('waiting')) === count ? true : undefined,
      );
    },
    memory: async () => shape('memory', await driver.call('memory'), Memory),
    untilNoneOpen: (after, cause) =>
      eventually(
        `${after}: every connection is closed`,
        async () => {
          const left = await leftovers();
          return left.sockets === 0 ? left : undefined;
        },
        { cause, withinMs: 4_000 },
      ),
  };
  try {
    await body(lab);
  } finally {
    destroyReaders();
    if (subject.alive) await service.call('stop').catch(() => {});
  }
}

/** The whole reply, which must have come, and the connection been closed, within five seconds. */
export async function readReply(
  { subject }: Pick<CheckContext, 'subject'>,
  connection: RawConnection,
  sent: string,
  cause?: string,
): Promise<string> {
  const deadline = performance.now() + 5_000;
  let text = '';
  while (!connection.closed && performance.now() < deadline) {
    text = await connection.readUntilClose(250);
    await subject.settle(); // when the student's code threw, that is the better thing to report
  }
  text = await connection.readUntilClose(0);
  if (connection.closed && text !== '') return text;
  const because = cause === undefined ? {} : { cause };
  if (text !== '') {
    const open = 'a reply, and then the end of the connection: socket.end() when the reply is written';
    fail({
      summary: `after ${sent} the connection stays open`,
      expected: open,
      received: show(text),
      ...because,
    });
  }
  const received = connection.closed ? 'the connection was closed without a reply' : 'nothing within 5 s';
  fail({
    summary: `${sent} got no reply`,
    expected: 'a reply',
    received,
    ...because,
  });
}

export interface ParsedReply {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

const statusLine = /^HTTP\/1\.1 (\d{3}) [^\r\n]*$/;
const fieldLine = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*$/;

/** Takes a reply apart; fails the check when it is not one. */
export function parseReply(text: string, what: string): ParsedReply {
  const end = text.indexOf('\r\n\r\n');
  const wrong = (expected: string, received: string): never =>
    fail({ summary: `${what} is not a reply in HTTP`, expected, received });
  if (end === -1) wrong('a head that ends with a blank line: \\r\\n\\r\\n', show(text.slice(0, 600)));
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = statusLine.exec(first)?.[1];
  if (status === undefined) wrong('a first line like HTTP/1.1 200 OK', show(first));
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = fieldLine.exec(line) ?? [];
    if (name === undefined) return wrong('lines like Name: value', show(line));
    const key = name.toLowerCase();
    if (fields.has(key)) wrong(`${name} once`, `${name} twice`);
    fields.set(key, value);
  }
  return { status: Number(status), fields, body: text.slice(end + 4) };
}

/** The reply has this status and ends exactly where its Content-Length says; nothing follows it. */
export function expectReply(text: string, what: string, status: number, cause?: string): ParsedReply {
  const reply = parseReply(text, `the reply to ${what}`);
  expectEqual(`the status of the reply to ${what}`, reply.status, status, cause);
  const length = Number(reply.fields.get('content-length'));
  const received = Buffer.byteLength(reply.body);
  if (length !== received) {
    fail({
      summary: `the reply to ${what} is not as long as it says`,
      expected: `Content-Length: ${received}, with ${received} bytes after the head`,
      received: show(text.slice(0, 1_000)),
      cause:
        received > length
          ? 'is something sent after the reply, a second reply perhaps?'
          : 'is a part of the body missing?',
    });
  }
  expectEqual(
    `Connection in the reply to ${what}`,
    reply.fields.get('connection'),
    'close',
    'the client must know that no second reply will come here',
  );
  return reply;
}

/** A request as text, with a Host and whatever else is given. */
export function request(method: string, target: string, fields: readonly string[] = [], body = ''): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', body].join('\r\n');
}

/** Waits for `100 Continue`, which also says that the server has begun to read the request. */
export async function untilContinue(connection: RawConnection): Promise<void> {
  await connection.readUntil(interim, 1_500).catch(async () => {
    fail({
      summary: 'a client that sent Expect: 100-continue waits',
      expected: 'HTTP/1.1 100 Continue',
      received: show(await connection.readUntilClose(0)),
      cause:
        "when next() gives null, ask parser.wantsContinue, and write 'HTTP/1.1 100 Continue\\r\\n\\r\\n'",
    });
  });
}

const interim = /^HTTP\/1\.1 100 [^\r\n]*\r\n\r\n/;

/** What comes after `100 Continue`. */
export function afterContinue(text: string): string {
  return text.replace(interim, '');
}

/** What was thrown where nobody was waiting must not end the check in other words than these. */
export async function quietly(context: CheckContext, summary: string, cause: string): Promise<void> {
  try {
    await context.subject.settle();
  } catch (error) {
    if (error instanceof Expectation || !(error instanceof Error)) throw error;
    fail({
      summary,
      expected: 'the server goes on',
      received: error.message,
      cause,
    });
  }
}
