/**
 * Expectations whose failures are written for the student: expected, received, where, and the likely cause.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { CheckFailure } from '../core/types.ts';
import { SubjectError } from '../subject/errors.ts';

/** The likely cause in the student's words; a function may look at what was received first. */
export type Cause = string | ((received: unknown) => string | undefined);

/** A wrong answer; everything but the code of a CheckFailure. */
export type Wrong = Omit<CheckFailure, 'code'>;

/** Thrown by every expectation. */
export class Expectation extends Error {
  override readonly name = 'Expectation';
  readonly wrong: Wrong;

  constructor(wrong: Wrong) {
    super(wrong.summary);
    this.wrong = wrong;
  }

  /** The same with a cause that is known, before the likely one. */
  because(cause: string, where: string | undefined): Expectation {
    const causes = this.wrong.cause === undefined ? cause : `${cause}\n${this.wrong.cause}`;
    const place = where === undefined || this.wrong.where !== undefined ? {} : { where };
    return new Expectation({ ...this.wrong, ...place, cause: causes });
  }
}

/** Fails the check with a message of its own. */
export function fail(wrong: Wrong): never {
  throw new Expectation(wrong);
}

/** Deep equality; -0 and NaN are told apart from 0 and from everything else. */
export function expectEqual(what: string, received: unknown, expected: unknown, cause?: Cause): void {
  if (isDeepStrictEqual(received, expected)) return;
  fail({
    summary: `Not as expected: ${what}`,
    expected: show(expected),
    received: show(received),
    ...because(cause, received),
  });
}

/** A condition that equality cannot say. `expected` and `received` complete the message. */
export function expectTrue(
  what: string,
  condition: boolean,
  { expected, received, cause }: { expected: string; received: unknown; cause?: Cause },
): void {
  if (condition) return;
  const shown = typeof received === 'string' ? received : show(received);
  fail({ summary: what, expected, received: shown, ...because(cause, received) });
}

/** Which error `expectThrows` wants; any, when nothing is said. */
export interface Wanted {
  /** The class that the contract names, such as `RangeError`. */
  readonly name?: string;
}

/** The promise must reject because the student's code threw. Anything else, a crash included, fails. */
export async function expectThrows(
  what: string,
  promise: Promise<unknown>,
  cause?: Cause,
  { name }: Wanted = {},
): Promise<SubjectError> {
  const expected = name === undefined ? 'an Error' : `a ${name}`;
  let received: unknown;
  try {
    received = await promise;
  } catch (error) {
    if (!(error instanceof SubjectError) || error.code !== 'THREW') throw error;
    if (name === undefined || error.thrownName === name) return error;
    const { thrownName = 'something else', thrownMessage = '', where } = error;
    fail({
      summary: `${what} should throw ${expected}`,
      expected,
      received: `${thrownName}: ${thrownMessage}`,
      cause: `it was refused, but with the wrong kind of error: throw new ${name}('...')`,
      ...(where === undefined ? {} : { where }),
    });
  }
  fail({ summary: `${what} should throw`, expected, received: show(received), ...because(cause, received) });
}

/** Checks the shape of what the subject returned before it is used, and gives it its type. */
export function shape<T>(what: string, received: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(received);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at .${issue.path.join('.')}`;
  fail({
    summary: `${what} has the wrong shape`,
    expected: `${issue?.message ?? 'another shape'}${at}`,
    received: show(received),
  });
}

/** A value as a student would write it, shortened. */
export function show(value: unknown): string {
  const text = inspect(value, {
    depth: 4,
    maxArrayLength: 20,
    maxStringLength: 400,
    breakLength: 90,
    sorted: false,
  });
  return text.length > 1500 ? `${text.slice(0, 1500)} ...` : text;
}

function because(cause: Cause | undefined, received: unknown): { cause?: string } {
  const text = typeof cause === 'function' ? cause(received) : cause;
  return text === undefined ? {} : { cause: text };
}

export { z };
