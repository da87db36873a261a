/**
 * From the bytes of a request to metrics that the rest of the platform can trust.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import type { Metric } from '../../kernel/index.ts';

export { JsonError, MAX_DEPTH, parseJson } from './parser.ts';

/** It is JSON, but not one metric or a batch of good ones. */
export class MetricError extends Error {
  override readonly name = 'MetricError';
  /** Which metric of the batch, counted from 0; -1 when the body as a whole is wrong. */
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/**
 * The metrics of a request's body: one metric, or `{"metrics":[…]}`. All or none.
 *
 * @param bytes UTF-8; possibly a window on a larger buffer; the caller's, so not to be changed
 * @param now the timestamp of a metric that has none
 * @throws JsonError or MetricError
 */
export function parseMetrics(bytes: Uint8Array, now: number = Date.now()): Metric[] {
  // TODO(human): 4. Bytes to text, text to a value (`parseJson`), value to metrics (`validate` of 0.3, and the types,
  // which 0.3 does not know). Contract: invariants 6, 7 and 8. (README: Task 4)
  throw new Error('TODO(human): turn the bytes into metrics, or say what is wrong');
}
