/** Hands documents to the student's parser inside its process, many with one call, and reports what came of each. */
import { student } from '../../../harness/driver.ts';
import { batch, type Total, totalOf, withLabels } from './documents.ts';

const { JsonError, MetricError, parseJson, parseMetrics } =
  await student<typeof import('../../../../exercises/1-ingestion/05-json-parser/json.ts')>('json.ts');

/** What a call led to. `error` is the class by the exports of json.ts, or the name of any other error. */
export type Outcome =
  | { readonly value: unknown; readonly odd?: string }
  | { readonly error: string; readonly message: string; readonly offset?: unknown; readonly index?: unknown };

export function parseAll(texts: readonly string[]): Outcome[] {
  return texts.map((text) => outcomeOf(() => parseJson(text)));
}

/** As the network would give them: each document is a window in the middle of a larger buffer. */
export function parseAllMetrics(documents: readonly Uint8Array[], now: number): Outcome[] {
  return documents.map((bytes) => {
    const around = new Uint8Array(bytes.length + 16).fill(0x7b);
    around.set(bytes, 8);
    const before = around.slice();
    const outcome = outcomeOf(() => parseMetrics(around.subarray(8, 8 + bytes.length), now));
    const isChanged = Buffer.compare(before, around) !== 0;
    return isChanged
      ? { value: null, odd: "bytes that parseMetrics has changed: they are the caller's" }
      : outcome;
  });
}

/** Without `now`: the timestamp that the metric gets. */
export function parseMetricNow(bytes: Uint8Array): unknown {
  return parseMetrics(bytes)[0]?.timestamp;
}

/** Whether what one call gave stays as it is when the outcome of another call, and the bytes, are changed. */
export function areIndependent(text: string): { readonly values: boolean; readonly polluted: boolean } {
  const one = parseJson(text);
  const other = parseJson(text);
  const before = JSON.stringify(one);
  scribble(other);
  const polluted = Object.keys(Object.prototype).length > 0 || 'polluted' in {};
  return { values: JSON.stringify(one) === before, polluted };
}

/** Parses a document and counts its levels: it would be too deep for the channel. */
export function levelsOf(text: string): Outcome {
  return outcomeOf(() => {
    let levels = 0;
    let value = parseJson(text);
    while (typeof value === 'object' && value !== null) {
      levels++;
      value = Object.values(value)[0];
    }
    return levels;
  });
}

/** Changes every array and object that can be reached. */
function scribble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const each of Object.values(value)) scribble(each);
  if (Array.isArray(value)) value.push('scribble');
  else Object.assign(value, { scribble: true });
}

function outcomeOf(work: () => unknown): Outcome {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    // No refusal of the document: craft says which place it is.
    if (
      error instanceof Error &&
      (error.name === 'ForbiddenApi' || error.message.startsWith('TODO(human)'))
    ) {
      throw error;
    }
    return refusalOf(error);
  }
  const odd = oddity(value);
  return odd === undefined ? { value } : { value: null, odd };
}

function refusalOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { error: 'no Error at all', message: String(error) };
  const message = error.message;
  if (error instanceof JsonError) return { error: 'JsonError', message, offset: error.offset };
  if (error instanceof MetricError) return { error: 'MetricError', message, index: error.index };
  return { error: error.name, message };
}

/** What would get lost on the channel: strange prototypes, and everything that no JSON value has. */
function oddity(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return undefined;
    case 'object':
      return value === null ? undefined : oddObject(value);
    default:
      return `a value of type ${typeof value}`;
  }
}

function oddObject(value: object): string | undefined {
  const wanted = Array.isArray(value) ? Array.prototype : Object.prototype;
  if (Object.getPrototypeOf(value) !== wanted) return 'an object that is neither a plain object nor an array';
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value));
  for (const [key, { value: inner, writable, enumerable, configurable }] of descriptors) {
    if (Array.isArray(value) && key === 'length') continue;
    if (!(writable && enumerable && configurable))
      return `a property "${key}" that cannot be changed or listed`;
    if (inner === undefined) return `a key "${key}" that is undefined: leave it out`;
    const odd = oddity(inner);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

// The gates: the same texts for both sides.

let text = '';
let times = 0;

/** One document of `size` bytes, half of it one object with a key for every value, parsed several times. */
export function prepareOne(size: number, seed: string): void {
  text = withLabels(size, Number.parseInt(seed, 16));
  times = 5;
}

/** `size` bytes in all: a document of 200 kB, parsed as often as that takes. */
export function prepareMany(size: number, seed: string): void {
  const each = 200_000;
  text = batch(each, Number.parseInt(seed, 16));
  times = Math.round(size / each);
}

export function parseStudent(): Total {
  return total(parseJson);
}

export function parseNode(): Total {
  return total(JSON.parse);
}

function total(parse: (text: string) => unknown): Total {
  let last: unknown;
  for (let i = 0; i < times; i++) last = parse(text);
  return totalOf(last);
}
