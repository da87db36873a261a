/**
 * Feeds streams to the student's parser inside its own process. Streams and bodies travel as latin1 strings, one
 * character for each byte, so that failures can show them.
 */
import { Session } from 'node:inspector';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { student } from '../../../harness/driver.ts';

type ParserModule = typeof import('../../../../exercises/1-ingestion/01-http-parser/parser.ts');
type Limits = ConstructorParameters<ParserModule['HttpParser']>[0];

const { HttpParser, HttpError } = await student<ParserModule>('parser.ts');

export interface Seen {
  readonly requests: {
    readonly method: string;
    readonly target: string;
    readonly version: string;
    readonly headers: [string, string][];
    readonly body: string;
    readonly keepAlive: boolean;
  }[];
  /** `waits for more`, or the status of the refusal. */
  readonly end: string | number;
  /** What `next` did when it was called once more after a refusal, and after more bytes. */
  readonly afterwards: readonly string[];
}

/** More than any stream of the checks holds: a parser that gives the same request for ever is stopped there. */
const MOST_REQUESTS = 20_000;

/** Feeds one piece after the other and takes what is ready each time. */
export function parse(pieces: readonly string[], limits: Limits): Seen {
  const parser = new HttpParser(limits);
  const requests: Seen['requests'] = [];
  for (const piece of pieces) {
    parser.feed(Buffer.from(piece, 'latin1'));
    const end = drain(parser, requests);
    if (end === undefined) continue;
    return { requests, end: statusOf(end), afterwards: insist(parser, end) };
  }
  return { requests, end: 'waits for more', afterwards: [] };
}

/** Takes all requests that are ready; returns the refusal, if there is one. */
function drain(parser: InstanceType<typeof HttpParser>, requests: Seen['requests']): unknown {
  try {
    for (let request = parser.next(); request !== null; request = parser.next()) {
      const { method, target, version, headers, body, keepAlive } = request;
      const text = Buffer.from(body).toString('latin1');
      requests.push({ method, target, version, headers: [...headers], body: text, keepAlive });
      if (requests.length > MOST_REQUESTS) throw new Error('next() gives requests without end');
    }
    return undefined;
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error; // a TODO, or a mistake: craft has its own words for both
  }
}

function statusOf(error: unknown): number {
  return error instanceof HttpError ? error.status : Number.NaN;
}

function insist(parser: InstanceType<typeof HttpParser>, first: unknown): string[] {
  const again = (): string => {
    try {
      return parser.next() === null ? 'null' : 'a request';
    } catch (error) {
      return error === first ? 'the same error' : 'another error';
    }
  };
  const before = again();
  parser.feed(Buffer.from('GET /after HTTP/1.1\r\nHost: a\r\n\r\n'));
  return [before, again()];
}

/** What came out in one piece, and the first way of cutting that gave something else. */
export interface Cuts {
  readonly whole: Seen;
  readonly other?: { readonly where: string; readonly seen: Seen };
}

/** Every way to cut the stream in two, and byte by byte. */
export function cuts(stream: string, limits: Limits): Cuts {
  const whole = parse([stream], limits);
  const expected = JSON.stringify(whole);
  const differs = (seen: Seen): boolean => JSON.stringify(seen) !== expected;
  for (let at = 1; at < stream.length; at++) {
    const seen = parse([stream.slice(0, at), stream.slice(at)], limits);
    if (differs(seen)) return { whole, other: { where: `cut after byte ${at}`, seen } };
  }
  const seen = parse([...stream], limits);
  return differs(seen) ? { whole, other: { where: 'byte by byte', seen } } : { whole };
}

/** `wantsContinue` after each piece, once `next` has been called. */
export function continues(pieces: readonly string[], limits: Limits): boolean[] {
  const parser = new HttpParser(limits);
  return pieces.map((piece) => {
    parser.feed(Buffer.from(piece, 'latin1'));
    while (parser.next() !== null);
    return parser.wantsContinue;
  });
}

/** Feeds from one array that is overwritten after each feed, and reads the bodies only at the end. */
export function reusing(pieces: readonly string[], limits: Limits): string[] {
  const parser = new HttpParser(limits);
  const shared = new Uint8Array(65_536);
  const bodies: Uint8Array[] = [];
  for (const piece of pieces) {
    shared.set(Buffer.from(piece, 'latin1'));
    parser.feed(shared.subarray(0, piece.length));
    shared.fill(0x21);
    for (let request = parser.next(); request !== null; request = parser.next()) bodies.push(request.body);
  }
  return bodies.map((body) => Buffer.from(body).toString('latin1'));
}

/** The field X of three requests, read when all of them have come. */
export function keptHeaders(limits: Limits): (string | undefined)[] {
  const parser = new HttpParser(limits);
  const maps: ReadonlyMap<string, string>[] = [];
  for (const value of ['1', '2', '3']) {
    parser.feed(Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nX: ${value}\r\n\r\n`));
    for (let request = parser.next(); request !== null; request = parser.next()) maps.push(request.headers);
  }
  return maps.map((map) => map.get('x'));
}

/** Thousands of the same in one feed, and what came out. */
export function many(what: 'chunks' | 'empty lines', limits: Limits): string {
  const stream =
    what === 'chunks'
      ? `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`
      : `${'\r\n'.repeat(100_000)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`;
  const { requests, end } = parse([stream], limits);
  if (end !== 'waits for more') return `an HttpError with ${end}`;
  const bytes = requests.reduce((sum, { body }) => sum + body.length, 0);
  return `${requests.length} request${requests.length === 1 ? '' : 's'}, ${bytes.toLocaleString('en')} bytes of body`;
}

/** What one parser gets in each case of `waitingBytes`, piece by piece. */
function* feedsOf(what: string): Generator<Uint8Array> {
  const head = (field: string): Buffer => Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n`);
  const block = Buffer.alloc(65_536, 'x');
  if (what === 'chunk announced') {
    yield head('Transfer-Encoding: chunked');
    yield Buffer.from('100000\r\n');
  } else {
    yield head(what === 'refused' ? 'Bad : field' : 'Content-Length: 1048576');
  }
  if (what === 'idle') {
    yield Buffer.alloc(1_048_576, 'x');
  } else if (what === 'refused') {
    for (let i = 0; i < 16; i++) yield block;
  } else if (what === 'byte by byte') {
    for (let i = 0; i < 262_144; i++) yield block.subarray(0, 1);
  } else {
    yield block.subarray(0, 1);
  }
}

/** Bytes that parsers hold which wait for something: twenty of them, or one that is fed byte by byte. */
export async function waitingBytes(what: string, limits: Limits): Promise<number> {
  const start = (count: number): InstanceType<typeof HttpParser>[] => {
    const parsers = Array.from({ length: count }, () => new HttpParser(limits));
    for (const parser of parsers) for (const bytes of feedsOf(what)) feedAndTake(parser, bytes);
    return parsers;
  };
  start(1); // what the first call leaves behind, such as compiled code, is not the parser's
  const before = await liveBytes();
  const parsers = start(what === 'byte by byte' ? 1 : 20);
  const bytes = (await liveBytes()) - before;
  for (const parser of parsers) parser.feed(Buffer.alloc(0)); // they must be alive until here
  return bytes;
}

function feedAndTake(parser: InstanceType<typeof HttpParser>, bytes: Uint8Array): void {
  parser.feed(bytes);
  try {
    while (parser.next() !== null);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
  }
}

/** Two parsers that get their pieces in turn. */
export function inTurn(one: readonly string[], other: readonly string[], limits: Limits): string[][] {
  const parsers = [new HttpParser(limits), new HttpParser(limits)];
  const targets: string[][] = [[], []];
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    for (const [which, parser] of parsers.entries()) {
      parser.feed(Buffer.from([one, other][which]?.[i] ?? '', 'latin1'));
      for (let request = parser.next(); request !== null; request = parser.next()) {
        targets[which]?.push(request.target);
      }
    }
  }
  return targets;
}

/** Bytes that the parser still holds after `count` requests. Half a head waits all the time: it is never quite empty. */
export async function held(count: number, limits: Limits): Promise<{ requests: number; bytes: number }> {
  const body = 'x'.repeat(8_000);
  const request = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const half = 30;
  const piece = Buffer.from(request.slice(half) + request.slice(0, half), 'latin1');
  const before = await liveBytes();
  const parser = new HttpParser(limits);
  parser.feed(Buffer.from(request.slice(0, half), 'latin1'));
  let requests = 0;
  for (let i = 0; i < count; i++) {
    parser.feed(piece);
    while (parser.next() !== null) requests++;
  }
  const bytes = (await liveBytes()) - before;
  parser.feed(Buffer.alloc(0)); // the parser must be alive until here
  return { requests, bytes };
}

/** Bytes in use after a garbage collection: the heap and the buffers outside it. */
async function liveBytes(): Promise<number> {
  const session = new Session();
  session.connect();
  for (let i = 0; i < 3; i++) {
    await nextTurn(); // buffers of dead objects are freed between turns
    await new Promise<void>((resolve, reject) => {
      session.post('HeapProfiler.collectGarbage', (error) => (error ? reject(error) : resolve()));
    });
  }
  session.disconnect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
