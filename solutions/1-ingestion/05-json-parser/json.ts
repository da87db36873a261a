/**
 * From the bytes of a request to metrics that the rest of the platform can trust.
 *
 * Three questions, each asked once and in this order: is it UTF-8, is it JSON, is it metrics?
 */
import { isUtf8 } from 'node:buffer';
import { validate } from '../../0-poc/03-ingest/ingest.ts';
import type { Metric } from '../../kernel/index.ts';
import { JsonError, parseJson } from './parser.ts';

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
 * @param now the timestamp of a metric that has none
 * @throws JsonError or MetricError
 */
export function parseMetrics(bytes: Uint8Array, now: number = Date.now()): Metric[] {
  const input = parseJson(decode(bytes));
  const result = validate(input, now);
  const isGood = Array.isArray(result);
  // A body that is no batch has no entries to look at.
  if (!isGood && result.index === undefined) throw new MetricError(result.message, -1);
  // Entries before `checked` keep the rules of 0.3. One of them with a bad type comes before any other fault.
  const checked = isGood ? result.length : result.index;
  const unknown = entriesOf(input).slice(0, checked).findIndex(hasUnknownType);
  if (unknown >= 0) throw new MetricError(`metric ${unknown}: type must be ${TYPES.join(', ')}`, unknown);
  if (!isGood) throw new MetricError(result.message, result.index ?? -1);
  return result;
}

const TYPES: readonly unknown[] = ['gauge', 'counter', 'histogram', 'summary'];

/** `validate` has seen to it that there are entries, and that they are objects. */
function entriesOf(input: unknown): readonly object[] {
  return Object.hasOwn(Object(input), 'metrics') ? (input as { metrics: object[] }).metrics : [Object(input)];
}

function hasUnknownType(entry: object): boolean {
  return Object.hasOwn(entry, 'type') && !TYPES.includes((entry as { type: unknown }).type);
}

/** The text in `bytes`. A byte order mark stays where it is: JSON does not begin with one, so the parser refuses it. */
function decode(bytes: Uint8Array): string {
  // `bytes` may be a window on a larger buffer: only the window counts.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (isUtf8(buffer)) return text;
  // Where a character is broken the decoder puts U+FFFD. Up to there, encoding the text gives the same bytes again.
  const again = Buffer.from(text);
  let same = 0;
  while (again[same] === buffer[same]) same++;
  throw new JsonError('a character that is no UTF-8', same);
}
