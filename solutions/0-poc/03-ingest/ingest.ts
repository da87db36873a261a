/**
 * The platform's front door: `POST /metrics` over HTTP, into a bounded queue.
 *
 * Everything behind this file trusts what it is given, so everything that can be wrong with a request is
 * found here: its path, its size, its JSON, each metric in it, and whether the queue has room. Only when the
 * queue has taken all of it does the sender get its 202, and a request that fails at any step leaves nothing
 * behind.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Clock, Labels, Metric } from '../../kernel/index.ts';
import type { BoundedQueue } from '../01-queue/queue.ts';
import { type Problem, refuse, reply } from './reply.ts';

/** Longest name of a metric, in characters. */
const MAX_NAME = 255;

/** Most metrics in one request. */
const MAX_BATCH = 1_000;

export interface IngestOptions {
  /** The largest body that is accepted, in bytes. */
  readonly maxBody: number;
  /** Gives the timestamp of a metric that came without one. */
  readonly clock: Clock;
}

/**
 * Turns parsed JSON, one metric or `{"metrics":[…]}`, into metrics that the rest of the platform can trust.
 * All of them or none: the first bad metric refuses the batch.
 *
 * @param input anything at all: what `JSON.parse` gave
 * @param now the timestamp of a metric that has none
 * @returns an array when everything is good, otherwise a `Problem`; `Array.isArray` tells them apart
 */
export function validate(input: unknown, now: number): Metric[] | Problem {
  if (!isObject(input)) return invalidBatch('the body must be one metric or {"metrics":[…]}');
  const batch: unknown = Object.hasOwn(input, 'metrics') ? input.metrics : [input];
  if (!Array.isArray(batch)) return invalidBatch('"metrics" must be an array');
  if (batch.length === 0) return invalidBatch('"metrics" is empty: send at least one');
  if (batch.length > MAX_BATCH) {
    return invalidBatch(`"metrics" has ${batch.length} entries: send at most ${MAX_BATCH} at a time`);
  }
  const metrics: Metric[] = [];
  for (const [index, item] of batch.entries()) {
    const metric = readMetric(item, now);
    if (typeof metric === 'string') return invalidMetric(index, metric);
    metrics.push(metric);
  }
  return metrics;
}

/** Answers `POST /metrics`; anything else gets 404 or 405. */
export function ingestHandler(queue: BoundedQueue<Metric>, options: IngestOptions): RequestListener {
  return (request, response) => {
    // `handle` fails only when the sender went away: nobody is left to answer. Without this catch the failure
    // would be an unhandled rejection, and one broken connection would end the process for everyone.
    handle(queue, options, request, response).catch(() => response.destroy());
  };
}

/** A server for `ingestHandler` alone. It does not listen yet. */
export function createIngest(queue: BoundedQueue<Metric>, options: IngestOptions): Server {
  return createServer(ingestHandler(queue, options));
}

async function handle(
  queue: BoundedQueue<Metric>,
  { maxBody, clock }: IngestOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path !== '/metrics') {
    return refuse(response, { status: 404, code: 'NOT_FOUND', message: 'try POST /metrics' });
  }
  if (request.method !== 'POST') {
    const problem = { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'metrics are sent with POST' };
    return refuse(response, problem, { allow: 'POST' });
  }
  const body = await readBody(request, maxBody);
  if (body === undefined) {
    const message = `the body is larger than ${maxBody} bytes: send smaller batches`;
    return refuse(response, { status: 413, code: 'TOO_LARGE', message });
  }
  const input = parse(body);
  if (input === undefined) {
    return refuse(response, { status: 400, code: 'BAD_JSON', message: 'the body is not valid JSON' });
  }
  const metrics = validate(input, clock.now());
  if (!Array.isArray(metrics)) return refuse(response, metrics);
  if (!pushAll(queue, metrics)) {
    const problem = { status: 503, code: 'OVERLOADED', message: 'the queue is full: send this again later' };
    return refuse(response, problem, { 'retry-after': '1' });
  }
  reply(response, 202, { status: 'accepted', count: metrics.length });
}

/**
 * Collects the body, or gives undefined as soon as it is known to be larger than `maxBody`. Rejects when the
 * sender goes away before the end.
 */
function readBody(request: IncomingMessage, maxBody: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    // An honest sender announces a large body, and is refused before one byte of it is read.
    if (Number(request.headers['content-length']) > maxBody) {
      request.resume();
      resolve(undefined);
      return;
    }
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBody) {
        chunks.push(chunk);
        return;
      }
      // From here on the body still arrives but is thrown away. To stop reading would leave the sender stuck
      // in the middle of its write, and to cut the connection could destroy the 413 before it is read.
      chunks = [];
      resolve(undefined);
    });
    // One copy of each byte, whatever the number of chunks. Text is made from the whole only, because a chunk
    // can end in the middle of a character.
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** The JSON value in `body`; undefined, which JSON cannot say, when there is none. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * All of them or none. Nothing else can run between the look at the free room and the last push, because
 * there is no `await` in between: this is what makes a batch atomic.
 */
function pushAll(queue: BoundedQueue<Metric>, metrics: readonly Metric[]): boolean {
  if (queue.capacity - queue.size < metrics.length) return false;
  try {
    for (const metric of metrics) queue.push(metric);
    return true;
  } catch {
    return false; // closed: the first push threw, so nothing went in
  }
}

/**
 * The metric in `item`, or what is wrong with it. The result is a new object with the fields that were
 * checked and no others: what was not looked at does not get in.
 */
function readMetric(item: unknown, now: number): Metric | string {
  if (!isObject(item)) return 'must be an object';
  const { name, value, timestamp = now, tags } = item;
  if (typeof name !== 'string') return 'name must be a string';
  if (name.length === 0 || name.length > MAX_NAME) return `name must have 1 to ${MAX_NAME} characters`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'value must be a finite number';
  if (!isTimestamp(timestamp)) return 'timestamp must be whole milliseconds since 1970';
  if (tags === undefined) return { name, value, timestamp };
  if (!isLabels(tags)) return 'tags must be an object of strings';
  // Spread defines properties where assignment would call setters, so a tag named `__proto__` stays a tag.
  return { name, value, timestamp, tags: { ...tags } };
}

/** `isSafeInteger` is false for NaN, for fractions, and for everything that is not a number. */
function isTimestamp(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isLabels(value: unknown): value is Labels {
  return isObject(value) && Object.values(value).every((tag) => typeof tag === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidBatch(message: string): Problem {
  return { status: 400, code: 'INVALID_BATCH', message };
}

function invalidMetric(index: number, fault: string): Problem {
  return { status: 400, code: 'INVALID_METRIC', message: `metric ${index}: ${fault}`, index };
}
