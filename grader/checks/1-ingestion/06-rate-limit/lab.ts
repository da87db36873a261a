/** What the checks of this exercise share: plays written as text, and the oracle. */
import type { Subject } from '../../../harness/index.ts';
import { type Cause, expectEqual, shape, z } from '../../../harness/index.ts';
import type { Step } from './driver.ts';

/** A play's calls and what each answered. */
export interface Played {
  readonly story: string;
  readonly calls: readonly string[];
  readonly answers: readonly unknown[];
}

/**
 * Plays a script against a new window: `at 999; allow a x3; retry a; sweep`. Times are the clock's, from the moment
 * in which the window was made; `start` is what the clock shows then.
 */
export async function play(
  subject: Subject,
  limit: number,
  windowMs: number,
  script: string,
  start?: number,
): Promise<Played> {
  const steps = script.split('; ').flatMap(parseSteps);
  const answers = await playSteps(subject, limit, windowMs, steps, start);
  const story = `new SlidingWindow(${limit}, ${windowMs}, clock); ${script}`;
  return { story, calls: steps.filter(([call]) => call !== 'at').map(nameOf), answers };
}

export async function playSteps(
  subject: Subject,
  limit: number,
  windowMs: number,
  steps: readonly Step[],
  start?: number,
): Promise<unknown[]> {
  const driver = await subject.driver();
  const from = start === undefined ? [] : [start];
  const reply = await driver.callWithin(8_000, 'play', limit, windowMs, steps, ...from);
  return shape('the answers of the calls', reply, z.array(z.unknown()));
}

function parseSteps(text: string): Step[] {
  const [call, argument = '', times = 'x1'] = text.split(' ');
  const step = ((): Step => {
    switch (call) {
      case 'at':
        return ['at', Number(argument)];
      case 'allow':
      case 'retry':
        return [call, argument];
      case 'sweep':
        return [call];
      default:
        throw new Error(`no such step: ${text}`);
    }
  })();
  return Array.from({ length: Number(times.slice(1)) }, () => step);
}

function nameOf([call, argument]: Step): string {
  if (call === 'sweep') return 'sweep()';
  return call === 'retry' ? `retryAfterMs('${argument}')` : `allow('${argument}')`;
}

/** The answers, each with its number and its call: in a bare list nobody finds the wrong one. */
export function expectAnswers(played: Played, expected: readonly unknown[], cause: Cause): void {
  const { story, calls, answers } = played;
  const likely = typeof cause === 'function' ? cause(answers) : cause;
  const numbered = (list: readonly unknown[]): Record<string, unknown> =>
    Object.fromEntries(list.map((answer, i) => [`${i + 1}. ${calls[i]}`, answer]));
  expectEqual(story, numbered(answers), numbered(expected), likely);
}

/** The answers as a list, whatever was received: a cause must not fail. */
export function asList(received: unknown): unknown[] {
  return Array.isArray(received) ? received : [];
}

/** `[true x3, false]` from `yyyn`. */
export function yesNo(letters: string): boolean[] {
  return [...letters].map((letter) => letter === 'y');
}

/** The contract in its plainest words, with everything remembered and everything counted. */
export class Oracle {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #passed = new Map<string, number[]>();
  #time = 0;
  #reading = 0;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  set(reading: number): void {
    this.#time += Math.max(0, reading - this.#reading);
    this.#reading = reading;
  }

  allow(id: string): boolean {
    const inside = this.#inWindow(id, this.#time);
    if (inside.length >= this.#limit) return false;
    this.#passed.set(id, [...inside, this.#time]);
    return true;
  }

  /** Something changes only when a request leaves the window: one of these moments is the first that passes. */
  retryAfterMs(id: string): number {
    const moments = this.#inWindow(id, this.#time).map((passed) => passed + this.#windowMs);
    const first = [this.#time, ...moments].find((time) => this.#inWindow(id, time).length < this.#limit);
    return (first ?? Number.POSITIVE_INFINITY) - this.#time;
  }

  #inWindow(id: string, time: number): number[] {
    return (this.#passed.get(id) ?? []).filter((passed) => time - passed < this.#windowMs);
  }
}
