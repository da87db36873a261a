/** What the checks of this exercise share: files of rows, scans of them, and a running server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Expectation } from '../../../harness/expectations.ts';
import {
  type CheckContext,
  type Exchange,
  expectResponse,
  expectTrue,
  fail,
  shape,
  z,
} from '../../../harness/index.ts';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly timestamp: number;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

const Rows = z.array(
  z.object({
    name: z.string(),
    value: z.number(),
    timestamp: z.number(),
    tags: z.optional(z.record(z.string(), z.string())),
  }),
);
const Scanned = z.object({ metrics: Rows, rows: z.number(), skipped: z.number() });

export const LATEST = 2_000_000_000_000;

/** One metric as exercise 0.2 writes it, with the newline. */
export function lineOf(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

/** Writes a file of text or rows into the check's folder; gives its path. */
export function write(
  scratch: string,
  content: string | Uint8Array | readonly Row[],
  name = 'metrics.jsonl',
): string {
  const path = join(scratch, name);
  const isText = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, isText ? content : content.map(lineOf).join(''));
  return path;
}

interface Range {
  readonly name?: string;
  readonly start?: number;
  readonly end?: number;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Runs the student's scan to its end. What the range leaves out does not restrict it. `cause` explains an
 * exception, where one is likely.
 */
export async function scanAll(
  { subject }: CheckContext,
  path: string,
  range: Range = {},
  cause?: string,
): Promise<{ metrics: Row[]; rows: number; skipped: number }> {
  const driver = await subject.driver();
  try {
    const result = await driver.call('scan', path, { name: 'all', start: 0, end: LATEST, ...range });
    return shape('the rows of the scan', result, Scanned);
  } catch (error) {
    const threw = error instanceof Error && 'code' in error && error.code === 'THREW';
    if (!threw || cause === undefined || error.message.includes('TODO(human)')) throw error;
    const where = 'where' in error && typeof error.where === 'string' ? { where: error.where } : {};
    fail({ summary: 'scan threw an exception', expected: 'rows', received: error.message, cause, ...where });
  }
}

export interface Server {
  readonly port: number;
  get(path: string): Promise<Exchange>;
  ask(method: string, path: string): Promise<Exchange>;
}

/** Starts the student's server over the file at `path`, lets `body` use it, and stops it. */
export async function withServer(
  { subject, http }: CheckContext,
  path: string,
  body: (server: Server) => Promise<void>,
  handlerOnly = false,
): Promise<void> {
  const driver = await subject.driver();
  const service = await driver.hold('start', path, handlerOnly);
  const port = shape('the port', await service.call('port'), z.number());
  const ask = async (method: string, target: string): Promise<Exchange> => {
    try {
      const exchange = await http.request({ port, method, path: target, timeoutMs: 2_000 });
      if (exchange.status === 500) await service.call('raiseUnwritten');
      return exchange;
    } catch (error) {
      if (!(error instanceof Expectation)) throw error;
      // No answer: when the handler threw, that is the better thing to report.
      await subject.settle();
      const cause =
        'the request was dropped: something threw before an answer was sent, or the loop never ends';
      fail({ ...error.wrong, cause });
    }
  };
  try {
    await body({ port, ask, get: (target) => ask('GET', target) });
  } finally {
    if (subject.alive) await service.call('stop');
  }
}

/** How many files and sockets the student's process has open. */
export async function openFiles({ subject }: CheckContext): Promise<number> {
  const driver = await subject.driver();
  return shape('the number of open files', await driver.call('openFiles'), z.number());
}

/** That number comes back to `before` within two seconds. */
export async function expectClosed(
  { subject }: CheckContext,
  before: number,
  when: string,
  cause: string,
): Promise<void> {
  const driver = await subject.driver();
  const after = shape(
    'the number of open files',
    await driver.callWithin(5_000, 'openFilesIn2s', before),
    z.number(),
  );
  const left = after - before;
  expectTrue(`${left} ${left === 1 ? 'file is' : 'files are'} still open ${when}`, left <= 0, {
    expected: 'every file and connection is closed',
    received: `${left} more open than before`,
    cause,
  });
}

/** The answer is an error with this status and code. */
export function expectProblem(exchange: Exchange, status: number, code: string, cause?: string): void {
  expectResponse(exchange, { status, jsonHas: { error: code } }, (received) => {
    const crashed = (received as Exchange).status === 500;
    return crashed ? 'something threw while the question was answered: its stack is in the output' : cause;
  });
}
