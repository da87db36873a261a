/**
 * Questions about stored metrics, answered by reading the whole file from its first byte.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Metric } from '../../kernel/index.ts';
// Given in exercise 0.3: `refuse` answers with a Problem, `reply` with anything else as JSON.
import { type Problem, refuse } from '../03-ingest/reply.ts';

/** Which rows a question is about. All bounds are inclusive. */
export interface RangeQuery {
  /** Compared letter by letter; `all` means every name. */
  readonly name: string;
  /** First and last timestamp, ms. */
  readonly start: number;
  readonly end: number;
  /** Smallest and largest value, when they matter. */
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
export function scan(path: string, query: RangeQuery, stats?: ScanStats): AsyncIterable<Metric> {
  // TODO(human): 1. Read the file block by block, cut it into lines, and `yield` the metrics that match. Hold
  // one block and one unfinished line, never the file. `async function* scan` is the easiest way to give an
  // AsyncIterable. Contract: invariants 1 to 4. (README: Task 1)
  throw new Error('TODO(human): read the file block by block and yield the metrics that match');
}

/**
 * Nearest rank: the smallest value that at least `p` percent of the values do not exceed. Always one of the
 * values, never one in between; `p` = 0 gives the smallest.
 *
 * @returns null when there are no values
 * @throws RangeError when `p` is not a number from 0 to 100
 */
export function percentile(values: Float64Array, p: number): number | null {
  // TODO(human): 2. Sort a copy and pick one value. Contract: invariant 5. (README: Task 2)
  throw new Error('TODO(human): pick the value at the nearest rank');
}

/** Given: answers `GET /query` and `GET /percentile` from the file at `path`; anything else gets 404 or 405. */
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

/** Given: a server for `queryHandler` alone. It does not listen yet. */
export function createQuery(path: string): Server {
  return createServer(queryHandler(path));
}

/** Answers one question, after reading it from the part of the address behind the `?`. */
type Answer = (path: string, params: URLSearchParams, response: ServerResponse) => Promise<void>;

/** `{"metrics":[…],"count":n,"skipped":k}` */
const answerQuery: Answer = async (path, params, response) => {
  const query = readRange(params);
  if ('code' in query) return refuse(response, query);
  // TODO(human): 4. Scan, and send what was found. Start simple: collect, then `reply`. (README: Task 4)
  throw new Error('TODO(human): answer GET /query');
};

/** `{"p":95,"count":n,"value":12.5}`; the value is null when nothing matches. */
const answerPercentile: Answer = async (path, params, response) => {
  const query = readRange(params);
  if ('code' in query) return refuse(response, query);
  // TODO(human): 5. Read `p`, collect the values, and send their percentile. (README: Task 4)
  throw new Error('TODO(human): answer GET /percentile');
};

const answers = new Map<string, Answer>([
  ['/query', answerQuery],
  ['/percentile', answerPercentile],
]);

/** The question in the parameters, or what is wrong with it: a Problem with status 400 and code `BAD_QUERY`. */
function readRange(params: URLSearchParams): RangeQuery | Problem {
  // TODO(human): 3. Read name, start, end, and min and max when they are there; refuse what is not a finite
  // number, and bounds the wrong way round. Contract: invariant 6. (README: Task 3)
  throw new Error('TODO(human): read the question from the query string');
}

/** Given: answers a question that failed: the file could not be read, or the asker has gone. */
function giveUp(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return; // nobody is left to answer
  console.error(error);
  // Once a part of the answer is out, its 200 cannot be taken back: only cutting it off says that it failed.
  if (response.headersSent) response.destroy();
  else refuse(response, { status: 500, code: 'READ_FAILED', message: 'the metrics could not be read' });
}
