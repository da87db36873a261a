/** Streams, what comes out of them, and how a failure shows both. */
import type { Cause, Subject } from '../../../harness/index.ts';
import { expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';

export interface Limits {
  readonly maxHead: number;
  readonly maxTarget: number;
  readonly maxBody: number;
}

export const usual: Limits = { maxHead: 8_192, maxTarget: 4_096, maxBody: 1_048_576 };

const requestSchema = z.object({
  method: z.string(),
  target: z.string(),
  version: z.string(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.string(),
  keepAlive: z.boolean(),
});

export const seenSchema = z.object({
  requests: z.array(requestSchema),
  end: z.union([z.string(), z.number()]),
  afterwards: z.array(z.string()),
});

export type Seen = z.infer<typeof seenSchema> & { readonly story: string };
export type SeenRequest = z.infer<typeof requestSchema>;

/** What the stream holds no more of than this is shown. */
const SHOWN = 240;

/** A stream as it would be written in code, shortened in the middle. */
export function shown(stream: string): string {
  const text = JSON.stringify(stream).replace(/[\u007f-\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return text.length > SHOWN ? `${text.slice(0, SHOWN / 2)} … ${text.slice(-SHOWN / 2)}` : text;
}

/** Feeds the pieces one by one, and takes what is ready after each. */
export async function play(
  subject: Subject,
  pieces: string | readonly string[],
  limits: Partial<Limits> = {},
): Promise<Seen> {
  const list = typeof pieces === 'string' ? [pieces] : pieces;
  const driver = await subject.driver();
  const reply = await driver.call('parse', list, { ...usual, ...limits });
  const named = Object.entries(limits).map(([name, value]) => `${name} ${value}: `);
  return {
    ...shape('what came out', reply, seenSchema),
    story: `${named.join('')}${list.map(shown).join(', then ')}`,
  };
}

/** The one request that must have come out. */
export async function playOne(
  subject: Subject,
  stream: string,
  cause: Cause,
  limits: Partial<Limits> = {},
): Promise<SeenRequest & { readonly story: string }> {
  const seen = await play(subject, stream, limits);
  const [request] = seen.requests;
  if (request === undefined || seen.requests.length > 1 || seen.end !== 'waits for more') {
    const received = outcome(seen);
    fail({
      summary: `Not as expected: ${seen.story}`,
      expected: 'one request, then null',
      received,
      ...causeOf(cause, received),
    });
  }
  return { ...request, story: seen.story };
}

/** In words: `2 requests, then refused with 400`. */
export function outcome({ requests, end }: Omit<Seen, 'story'>): string {
  const count = requests.length === 1 ? '1 request' : `${requests.length} requests`;
  return `${count}, then ${typeof end === 'number' ? `an HttpError with ${end}` : 'null'}`;
}

/** The stream gives `requests` requests and is then refused with the status, or one of the statuses. */
export function expectRefused(
  seen: Seen,
  status: number | readonly number[],
  cause: Cause,
  requests = 0,
): void {
  const statuses = typeof status === 'number' ? [status] : status;
  const right = typeof seen.end === 'number' && statuses.includes(seen.end);
  if (right && seen.requests.length === requests) return;
  const received = outcome(seen);
  const wrongStatus = typeof seen.end === 'number' && seen.requests.length === requests;
  fail({
    summary: `Not as expected: ${seen.story}`,
    expected: `${requests === 1 ? '1 request' : `${requests} requests`}, then an HttpError with ${statuses.join(' or ')}`,
    received,
    ...causeOf(wrongStatus ? (status) => withStatus(statuses, textOf(cause, status)) : cause, received),
  });
}

/** The stream is accepted, with so many requests. */
export function expectAccepted(seen: Seen, requests: number, cause: Cause): void {
  const right = seen.end === 'waits for more' && seen.requests.length === requests;
  expectTrue(`Not as expected: ${seen.story}`, right, {
    expected: `${requests === 1 ? '1 request' : `${requests} requests`}, then null`,
    received: outcome(seen),
    cause,
  });
}

/** The fields of a request, sorted: their order in the map is nobody's business. */
export function expectFields(
  request: SeenRequest & { readonly story: string },
  expected: Readonly<Record<string, string>>,
  cause: Cause,
): void {
  const sort = (pairs: [string, string][]): [string, string][] =>
    pairs.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  expectEqual(`${request.story}: headers`, sort(request.headers), sort(Object.entries(expected)), cause);
}

function withStatus(statuses: readonly number[], cause: string | undefined): string {
  const right = `it is refused, which is right; the status should be ${statuses.join(' or ')}`;
  return cause === undefined ? right : `${right}: ${cause}`;
}

function textOf(cause: Cause, received: unknown): string | undefined {
  return typeof cause === 'function' ? cause(received) : cause;
}

function causeOf(cause: Cause, received: unknown): { cause?: string } {
  const text = textOf(cause, received);
  return text === undefined ? {} : { cause: text };
}

/** A request with these lines between the request line and the blank line. */
export function withLines(...lines: string[]): string {
  return `POST /metrics HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}

/** What an attacker wants a second server to see as a request of its own. */
export const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';
