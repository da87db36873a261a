/**
 * Is the body of a request a batch that may be stored? 1.5 knows JSON and the rules of phase 0; the contract of the
 * platform is stricter about names and tags, and tells too many metrics from wrong ones.
 */
import { JsonError, MetricError, parseJson, parseMetrics } from '../05-json-parser/json.ts';
import type { Refusal } from './replies.ts';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const MAX_TAGS = 32;
const MAX_METRICS = 1_000;

/** The number of metrics in `body`, or why all of it is refused. `now` is the timestamp of metrics without one. */
export function countMetrics(body: Uint8Array, now: number): number | Refusal {
  try {
    const metrics = parseMetrics(body, now);
    for (const [index, { name, tags }] of metrics.entries()) {
      if (!NAME.test(name)) throw new MetricError(`metric ${index}: name must match ${NAME.source}`, index);
      if (tags !== undefined && Object.keys(tags).length > MAX_TAGS)
        throw new MetricError(`metric ${index}: at most ${MAX_TAGS} tags`, index);
    }
    return metrics.length;
  } catch (error) {
    return refusalOf(error, body);
  }
}

function refusalOf(error: unknown, body: Uint8Array): Refusal {
  if (error instanceof JsonError) return { status: 400, code: 'BAD_JSON', message: error.message };
  if (!(error instanceof MetricError)) throw error;
  const { message, index } = error;
  // Asked only now: who sends a good batch does not pay for the question.
  if (index === -1 && entriesIn(body) > MAX_METRICS) return { status: 413, code: 'TOO_LARGE', message };
  return { status: 400, code: 'INVALID_METRIC', message, details: { index } };
}

/** How many entries its `metrics` has, good or bad; 0 when that is no array. The body has been parsed once, so it is JSON. */
function entriesIn(body: Uint8Array): number {
  const input: unknown = parseJson(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
  const isBatch = typeof input === 'object' && input !== null && Object.hasOwn(input, 'metrics');
  const metrics: unknown = isBatch ? (input as { metrics: unknown }).metrics : undefined;
  return Array.isArray(metrics) ? metrics.length : 0;
}
