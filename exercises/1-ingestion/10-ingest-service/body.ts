/**
 * Is the body of a request a batch that may be stored? 1.5 knows JSON and the rules of phase 0; the contract of the
 * platform is stricter about names and tags, and tells too many metrics from wrong ones.
 */
import type { Refusal } from './replies.ts';
// Given, from the exercise before: all of these will be of use.
//   import { JsonError, MetricError, parseJson, parseMetrics } from '../05-json-parser/json.ts';

/** The number of metrics in `body`, or why all of it is refused. `now` is the timestamp of metrics without one. */
export function countMetrics(body: Uint8Array, now: number): number | Refusal {
  // TODO(human): 2. parseMetrics, then the rules that it does not know. Contract: invariant 4. (README: Task 2)
  throw new Error('TODO(human): count the metrics of a good body');
}
