/** What the checks of this exercise share: a running server, and words for raw connections. */

import { Expectation } from '../../../harness/expectations.ts';
import type { CheckContext, Exchange, RawConnection } from '../../../harness/index.ts';
import { expectEqual, expectResponse, fail, shape, show, z } from '../../../harness/index.ts';

/** Where the simulated clock stands: 2023-11-14. */
export const NOW = 1_700_000_000_000;

export interface Ingest {
  readonly port: number;
  /** POSTs to /metrics; what is not a string or bytes is sent as JSON. `cause` is why there may be no answer. */
  post(body: unknown, cause?: string): Promise<Exchange>;
  ask(method: string, path: string): Promise<Exchange>;
  /** Takes everything out of the queue. */
  queued(): Promise<unknown[]>;
  queuedText(): Promise<string[]>;
  size(): Promise<number>;
  fill(count: number): Promise<unknown>;
  closeQueue(): Promise<unknown>;
  leftovers(): Promise<{ connections: number; timers: number; heldMb: number }>;
  polluted(): Promise<unknown>;
  /** Nothing may have reached the queue. */
  expectUntouched(after: string, cause?: string): Promise<void>;
}

const Leftovers = z.object({ connections: z.number(), timers: z.number(), heldMb: z.number() });

/** Starts the student's server, lets `body` use it, and stops it. */
export async function withIngest(
  { subject, http }: CheckContext,
  setup: { capacity?: number; maxBody?: number; handlerOnly?: boolean },
  body: (ingest: Ingest) => Promise<void>,
): Promise<void> {
  const driver = await subject.driver();
  const defaults = { capacity: 100, maxBody: 100_000, nowMs: NOW, handlerOnly: false };
  const service = await driver.hold('start', { ...defaults, ...setup });
  const port = shape('the port', await service.call('port'), z.number());
  const size = async (): Promise<number> => shape('queue.size', await service.call('size'), z.number());
  const request = async (
    options: { method: string; path: string; body?: string | Uint8Array },
    cause?: string,
  ) => {
    try {
      return await http.request({ port, timeoutMs: 2_000, ...options });
    } catch (error) {
      if (!(error instanceof Expectation)) throw error;
      // No answer: when the handler threw, that is the better thing to report.
      const late: unknown = await subject.settle().catch((late: unknown) => late);
      const thrown = thrownBy(late);
      if (late !== undefined && (thrown === undefined || cause === undefined)) throw late;
      const usual =
        'every path through the handler must end in reply() or refuse(): does one of them return, or throw, before that?';
      fail({ ...error.wrong, ...thrown, cause: cause ?? usual });
    }
  };
  const queuedText = async (): Promise<string[]> =>
    shape('the queue', await service.call('queued'), z.array(z.string()));
  try {
    await body({
      port,
      post: (sent, cause) => request({ method: 'POST', path: '/metrics', body: encode(sent) }, cause),
      ask: (method, path) => request({ method, path }),
      queuedText,
      queued: async () => (await queuedText()).map((text): unknown => JSON.parse(text)),
      size,
      fill: (count) => service.call('fill', count),
      closeQueue: () => service.call('closeQueue'),
      leftovers: async () => shape('leftovers', await service.call('leftovers'), Leftovers),
      polluted: () => service.call('polluted'),
      expectUntouched: async (after, cause) => {
        expectEqual(`queue.size after ${after}`, await size(), 0, cause);
      },
    });
  } finally {
    if (subject.alive) await service.call('stop');
  }
}

function encode(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

/** What the student's code threw, for a failure in other words; undefined when `error` is something else. */
export function thrownBy(error: unknown): { received: string; where?: string } | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  if (error.code !== 'THREW' && error.code !== 'UNHANDLED') return undefined;
  const where = 'where' in error && typeof error.where === 'string' ? { where: error.where } : {};
  return { received: error.message, ...where };
}

/** The answer is an error: its status, its code, a message for people, and perhaps headers. */
export function expectProblem(exchange: Exchange, status: number, code: string, cause?: string): void {
  expectResponse(exchange, { status, jsonHas: { error: code } }, cause);
}

/** The head of a request that is written by hand. */
export function head(...headers: string[]): string {
  return ['POST /metrics HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n');
}

/** One piece of a body in chunked encoding. */
export function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

/** The status of the answer on a raw connection must come within two seconds. `sent` says in words what was sent. */
export async function expectStatus(
  { subject }: CheckContext,
  connection: RawConnection,
  sent: string,
  status: number,
  cause: string,
): Promise<void> {
  let text: string;
  try {
    text = await connection.readUntil(/^HTTP\/1\.1 \d{3}[\s\S]*\r\n\r\n/, 2_000);
  } catch {
    await subject.settle();
    const received = connection.closed
      ? 'the connection was closed without an answer'
      : 'no answer within 2 s';
    fail({ summary: `${sent}: no answer`, expected: `status ${status}`, received, cause });
  }
  const received = Number(text.slice(9, 12));
  if (received === status) return;
  fail({
    summary: `${sent}: answered ${received}`,
    expected: `status ${status}`,
    received: show(text),
    cause,
  });
}
