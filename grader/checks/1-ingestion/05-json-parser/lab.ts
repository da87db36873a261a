/** What the checks of this exercise share: documents in, outcomes out, and JSON.parse as the judge. */
import { isDeepStrictEqual } from 'node:util';
import type { Subject } from '../../../harness/index.ts';
import { fail, shape, show, z } from '../../../harness/index.ts';
import type { Outcome } from './driver.ts';

const outcomesSchema = z.array(
  z.union([
    z.object({
      error: z.string(),
      message: z.string(),
      offset: z.optional(z.unknown()),
      index: z.optional(z.unknown()),
    }),
    z.object({ value: z.unknown(), odd: z.optional(z.string()) }),
  ]),
) as unknown as z.ZodType<Outcome[]>;

/** The outcomes of parseJson, one for each text. */
export async function parseAll(subject: Subject, texts: readonly string[]): Promise<Outcome[]> {
  const driver = await subject.driver();
  const outcomes = shape('the outcomes', await driver.call('parseAll', texts), outcomesSchema);
  if (outcomes.length !== texts.length)
    throw new Error(`${outcomes.length} outcomes of ${texts.length} texts`);
  return outcomes;
}

/** Every document must lead to what JSON.parse does with it: the same value, or a JsonError. */
export async function expectSame(
  subject: Subject,
  texts: readonly string[],
  cause: string | ((text: string) => string),
): Promise<void> {
  const outcomes = await parseAll(subject, texts);
  for (const [i, text] of texts.entries()) {
    const wrong = judge(text, outcomes[i]);
    if (wrong !== undefined) failWith(text, wrong, typeof cause === 'string' ? cause : cause(text));
  }
}

/** As `expectSame` for thousands of documents: the shortest of those that went wrong is shown. */
export async function expectSameOfMany(subject: Subject, texts: readonly string[]): Promise<void> {
  let shortest: { text: string; wrong: Wrong } | undefined;
  for (let first = 0; first < texts.length; first += 1_000) {
    const some = texts.slice(first, first + 1_000);
    const outcomes = await parseAll(subject, some);
    for (const [i, text] of some.entries()) {
      if (shortest !== undefined && text.length >= shortest.text.length) continue;
      const wrong = judge(text, outcomes[i]);
      if (wrong !== undefined) shortest = { text, wrong };
    }
  }
  if (shortest === undefined) return;
  const cause = shortest.wrong.isGood
    ? 'a valid document, if a strange one: read it aloud by the grammar in the lesson'
    : 'it differs from a valid document in one place; which of your loops goes past it?';
  failWith(shortest.text, shortest.wrong, cause);
}

interface Wrong {
  readonly isGood: boolean;
  readonly expected: string;
  readonly received: string;
  readonly hint?: string;
}

function judge(text: string, outcome: Outcome | undefined): Wrong | undefined {
  const wanted = wantedOf(text);
  const isGood = 'value' in wanted;
  const expected = isGood ? show(wanted.value) : `a JsonError (JSON.parse says: ${wanted.refusal})`;
  if (outcome === undefined) return { isGood, expected, received: 'nothing' };
  if ('error' in outcome) {
    if (!isGood && outcome.error === 'JsonError') return undefined;
    const isOverflow = outcome.error === 'RangeError';
    const hint = isOverflow ? overflow : isGood ? undefined : wrongError;
    const received = `${outcome.error}: ${outcome.message}`;
    return { isGood, expected, received, ...(hint === undefined ? {} : { hint }) };
  }
  if (outcome.odd !== undefined) {
    const hint =
      'values are what literals would give: {}, [] and primitives; `Object.create(null)` is not {}';
    return { isGood, expected, received: outcome.odd, hint };
  }
  if (isGood && sameValue(outcome.value, wanted.value)) return undefined;
  const received = show(outcome.value);
  if (isGood && isDeepStrictEqual(outcome.value, wanted.value)) {
    const hint = 'the values are right, the order of the keys is not: a key keeps its first place';
    return { isGood, expected, received, hint };
  }
  return { isGood, expected, received };
}

const wrongError = 'refused, but with the wrong error: throw a JsonError';
const overflow =
  'the stack overflowed: only an array or object inside another may cost a call, not each element, and no call takes 100,000 arguments (fromCharCode(...units), push(...items))';

/** Equal with -0 told from 0, and the keys of each object in the same order. */
function sameValue(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other) && JSON.stringify(one) === JSON.stringify(other);
}

function wantedOf(text: string): { readonly value: unknown } | { readonly refusal: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

function failWith(text: string, { expected, received, hint }: Wrong, cause: string): never {
  fail({
    summary: `Not as JSON.parse: parseJson(${quoted(text)})`,
    expected,
    received,
    cause: hint === undefined ? cause : hint,
  });
}

/** A text as one would write it in a program, shortened in the middle, with what cannot be seen as escapes. */
export function quoted(text: string): string {
  const visible = JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2000-\u200f\u2028-\u202f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return visible.length <= 200 ? visible : `${visible.slice(0, 120)} ... ${visible.slice(-60)}`;
}

/** The time that the checks of parseMetrics give. */
export const NOW = 1_800_000_000_000;
/** A good metric with every field. */
export const cpu = {
  name: 'cpu_usage',
  value: 42.5,
  timestamp: 1_700_000_000_000,
  tags: { host: 'web-1', zone: 'a' },
};

/** What parseMetrics made of documents. */
export async function parseMetrics(
  subject: Subject,
  documents: readonly (string | Uint8Array)[],
  now: number,
): Promise<Outcome[]> {
  const driver = await subject.driver();
  const bytes = documents.map((document) =>
    typeof document === 'string' ? new TextEncoder().encode(document) : document,
  );
  const outcomes = shape('the outcomes', await driver.call('parseAllMetrics', bytes, now), outcomesSchema);
  if (outcomes.length !== documents.length) throw new Error(`${outcomes.length} of ${documents.length}`);
  return outcomes;
}

/** The outcome in a few words, for comparing: `JsonError at 5`, `MetricError of 0`, or the value. */
export function brief(outcome: Outcome | undefined): unknown {
  if (outcome === undefined) return 'nothing';
  if (!('error' in outcome)) return outcome.odd ?? outcome.value;
  if (outcome.error === 'JsonError') return `JsonError at ${outcome.offset}`;
  if (outcome.error === 'MetricError') return `MetricError of ${outcome.index}`;
  return `${outcome.error}: ${outcome.message}`;
}
