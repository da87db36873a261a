/**
 * The platform's front door: `POST /metrics` over HTTP, into a bounded queue.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Clock, Metric } from '../../kernel/index.ts';
import type { BoundedQueue } from '../01-queue/queue.ts';
// Given, in reply.ts: `reply` and `refuse` write an answer, `Problem` says what is wrong with a request.
import type { Problem } from './reply.ts';

export interface IngestOptions {
  /** The largest body that is accepted, in bytes. */
  readonly maxBody: number;
  /** Gives the timestamp of a metric that came without one. */
  readonly clock: Clock;
}

/**
 * Turns parsed JSON, one metric or `{"metrics":[…]}`, into metrics that the rest of the platform can trust.
 * All of them or none: the first bad metric refuses the batch. It never throws, whatever it is given.
 * The index of a single metric is 0.
 *
 * @param input anything at all: what `JSON.parse` gave
 * @param now the timestamp of a metric that has none
 * @returns an array when everything is good, otherwise a `Problem`; `Array.isArray` tells them apart
 */
export function validate(input: unknown, now: number): Metric[] | Problem {
  // TODO(human): 1. Find the metrics in `input`, check each, and copy what you checked into new objects; or
  // return the Problem. Contract: invariants 1 and 2, and the table of rules. (README: Task 1)
  throw new Error('TODO(human): check the metrics and copy them, or say what is wrong');
}

/** Answers `POST /metrics`; anything else gets 404 or 405. */
export function ingestHandler(queue: BoundedQueue<Metric>, options: IngestOptions): RequestListener {
  // TODO(human): 2. Return a function `(request, response) => …` that refuses other paths and methods, collects
  // the body's bytes, and refuses a body that grows past `options.maxBody`. (README: Task 2, invariants 4 to 6)
  // TODO(human): 3. Then parse, validate, push everything or nothing, and only then answer 202.
  // Contract: invariant 3. (README: Task 3)
  throw new Error('TODO(human): answer POST /metrics, and refuse everything else');
}

/** Given: a server for `ingestHandler` alone. It does not listen yet. */
export function createIngest(queue: BoundedQueue<Metric>, options: IngestOptions): Server {
  return createServer(ingestHandler(queue, options));
}
