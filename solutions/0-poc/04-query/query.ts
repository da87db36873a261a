/**
 * Questions about stored metrics, answered by reading the whole file from its first byte.
 *
 * There is no index, so every question costs the same and the cost grows with the file: that is the honest
 * baseline. What must not grow is memory. The file passes through in blocks of 64 KiB, and only one block, one
 * unfinished line and the rows that match are ever held.
 */
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Metric } from '../../kernel/index.ts';
import { type Problem, refuse, reply } from '../03-ingest/reply.ts';

/** Bytes read at a time. Larger blocks are hardly faster and smaller ones cost more calls; see NOTES.md. */
const BLOCK = 64 * 1024;

const NEWLINE = 0x0a;

/** As a name it stands for every name. */
const ANY_NAME = 'all';

/** Which rows a question is about. All bounds are inclusive. */
export interface RangeQuery {
  /** Compared letter by letter; `all` means every name. */
  readonly name: string;
  /** First and last timestamp, ms. */
  readonly start: number;
  readonly end: number;
  /** Smallest and largest value. */
  readonly min?: number;
  readonly max?: number;
}

/** What a scan saw, counted as it goes: complete when its loop has ended. */
export interface ScanStats {
  /** Metrics read, matching or not. */
  rows: number;
  /** Lines that are not metrics: corrupt ones, and a last one cut short by a crash. Empty lines do not count. */
  skipped: number;
}

/**
 * The metrics in a JSON Lines file that match, in the file's order. A file that is not there has none.
 * The file may grow meanwhile.
 *
 * @param stats counters to add to, when the caller wants to know what was read and skipped
 */
export async function* scan(
  path: string,
  query: RangeQuery,
  stats: ScanStats = { rows: 0, skipped: 0 },
): AsyncGenerator<Metric, void, void> {
  for await (const batch of lineBatches(path)) {
    for (const line of batch) {
      if (line.trim() === '') continue;
      const metric = parseMetric(line);
      if (metric === undefined) {
        stats.skipped += 1;
        continue;
      }
      stats.rows += 1;
      if (matches(metric, query)) yield metric;
    }
  }
}

/**
 * Nearest rank: the smallest value that at least `p` percent of the values do not exceed. Always one of the
 * values, never one in between; `p` = 0 gives the smallest.
 *
 * @returns null when there are no values
 * @throws RangeError when `p` is not a number from 0 to 100
 */
export function percentile(values: Float64Array, p: number): number | null {
  // Written so that NaN, which compares false with everything, is refused too.
  if (!(p >= 0 && p <= 100)) throw new RangeError(`p must be from 0 to 100, got ${p}`);
  const sorted = values.toSorted();
  // Multiply first: 55 / 100 * 100 is 55.00000000000001 in floating point, and ceil would make that rank 56.
  const rank = Math.max(1, Math.ceil((p * sorted.length) / 100));
  return sorted[rank - 1] ?? null;
}

/** Answers `GET /query` and `GET /percentile` from the file at `path`; anything else gets 404 or 405. */
export function queryHandler(path: string): RequestListener {
  return (request, response) => {
    const [route = '', search = ''] = (request.url ?? '').split('?');
    const answer = answers.get(route);
    if (answer === undefined) {
      refuse(response, { status: 404, code: 'NOT_FOUND', message: 'try GET /query or GET /percentile' });
    } else if (request.method !== 'GET') {
      const problem = { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'questions are asked with GET' };
      refuse(response, problem, { allow: 'GET' });
    } else {
      answer(path, new URLSearchParams(search), response).catch((error) => giveUp(response, error));
    }
  };
}

/** A server for `queryHandler` alone. It does not listen yet. */
export function createQuery(path: string): Server {
  return createServer(queryHandler(path));
}

/**
 * The file's lines, without their ends, many at a time: an array a block costs one turn of the event loop
 * where a line at a time would cost hundreds.
 */
async function* lineBatches(path: string): AsyncGenerator<string[], void, void> {
  const file = await openToRead(path);
  if (file === undefined) return;
  // `finally` also runs when the caller leaves its loop early: the generator is then told to return.
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let tail: Buffer[] = [];
    for (;;) {
      const { bytesRead } = await file.read(block, 0, BLOCK, null);
      if (bytesRead === 0) break;
      const bytes = block.subarray(0, bytesRead);
      const end = bytes.lastIndexOf(NEWLINE);
      // The line that this block ends in the middle of waits for the next ones, as a copy, because the next
      // read overwrites the block.
      const rest = Buffer.from(bytes.subarray(end + 1));
      if (end === -1) {
        tail.push(rest);
        continue;
      }
      // In UTF-8 the byte of '\n' is never part of another character, so text cut there is whole.
      const text = Buffer.concat([...tail, bytes.subarray(0, end)]).toString('utf8');
      tail = [rest];
      yield text.split('\n');
    }
    yield [Buffer.concat(tail).toString('utf8')];
  } finally {
    await file.close();
  }
}

async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    // Nothing stored yet is an answer; anything else (no permission, a folder) is a failure.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseMetric(line: string): Metric | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMetric(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `null` and `5` are JSON too. Tags are not looked at: no answer depends on them. */
function isMetric(value: unknown): value is Metric {
  if (typeof value !== 'object' || value === null) return false;
  const { name, value: reading, timestamp } = value as Record<string, unknown>;
  return typeof name === 'string' && Number.isFinite(reading) && Number.isFinite(timestamp);
}

function matches({ name, value, timestamp }: Metric, query: RangeQuery): boolean {
  const { start, end, min = -Infinity, max = Infinity } = query;
  return (
    (query.name === ANY_NAME || query.name === name) &&
    timestamp >= start &&
    timestamp <= end &&
    value >= min &&
    value <= max
  );
}

type Answer = (path: string, params: URLSearchParams, response: ServerResponse) => Promise<void>;

/** `{"metrics":[…],"count":n,"skipped":k}`, sent while the file is read. */
const answerQuery: Answer = async (path, params, response) => {
  const query = readRange(params);
  if ('code' in query) return refuse(response, query);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.setHeader('content-type', 'application/json');

  const stats: ScanStats = { rows: 0, skipped: 0 };
  let count = 0;
  let text = '{"metrics":[';
  for await (const metric of scan(path, query, stats)) {
    text += (count === 0 ? '' : ',') + JSON.stringify(metric);
    count += 1;
    if (text.length < BLOCK) continue;
    // A slow reader must slow the scan down: without this wait the whole answer would pile up in memory.
    // When the reader has gone, the wait fails, the loop ends and the scan closes its file.
    if (!response.write(text)) await once(response, 'drain', { signal: gone.signal });
    text = '';
  }
  response.end(`${text}],"count":${count},"skipped":${stats.skipped}}`);
};

/** `{"p":95,"count":n,"value":12.5}`; the value is null when nothing matches. */
const answerPercentile: Answer = async (path, params, response) => {
  const query = readRange(params);
  if ('code' in query) return refuse(response, query);
  const p = readNumber(params, 'p');
  if (p === undefined || p < 0 || p > 100)
    return refuse(response, badQuery('p must be a number from 0 to 100'));
  const values: number[] = [];
  for await (const { value } of scan(path, query)) values.push(value);
  reply(response, 200, { p, count: values.length, value: percentile(Float64Array.from(values), p) });
};

const answers = new Map<string, Answer>([
  ['/query', answerQuery],
  ['/percentile', answerPercentile],
]);

/** The question in a query string, or what is wrong with it. */
function readRange(params: URLSearchParams): RangeQuery | Problem {
  const name = params.get('name');
  if (name === null || name === '') return badQuery(`name is missing; name=${ANY_NAME} means every name`);
  const start = readNumber(params, 'start');
  const end = readNumber(params, 'end');
  if (start === undefined || end === undefined)
    return badQuery('start and end must be numbers (ms since 1970)');
  if (start > end) return badQuery(`start (${start}) is after end (${end})`);
  const min = params.has('min') ? readNumber(params, 'min') : -Infinity;
  const max = params.has('max') ? readNumber(params, 'max') : Infinity;
  if (min === undefined || max === undefined) return badQuery('min and max must be numbers');
  if (min > max) return badQuery(`min (${min}) is above max (${max})`);
  return { name, start, end, min, max };
}

/** A finite number, or undefined. Number('') is 0 and Number('1e400') is Infinity: nobody meant that. */
function readNumber(params: URLSearchParams, key: string): number | undefined {
  const text = params.get(key)?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function badQuery(message: string): Problem {
  return { status: 400, code: 'BAD_QUERY', message };
}

/** Answers a question that failed: the file could not be read, or the asker has gone. */
function giveUp(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return; // nobody is left to answer
  console.error(error);
  // Once a part of the answer is out, its 200 cannot be taken back: only cutting it off says that it failed.
  if (response.headersSent) response.destroy();
  else refuse(response, { status: 500, code: 'READ_FAILED', message: 'the metrics could not be read' });
}
