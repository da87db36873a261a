/** What the checks of this exercise share: plays written as text, and the judgement on a crowd of takers. */

import type { Subject } from '../../../harness/index.ts';
import { type Cause, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import type { History, Step } from './driver.ts';

const historySchema = z.object({
  pushes: z.array(z.union([z.boolean(), z.string()])),
  takes: z.array(z.union([z.array(z.unknown()), z.string()])),
  sizes: z.array(z.number()),
  closes: z.array(z.string()),
});

/**
 * Plays a script such as `push a; take 2; rest; size; close` against a new queue. Nothing happens between two
 * calls except at `rest`. `story` names the script, for the failure's text.
 */
export async function play(
  subject: Subject,
  capacity: number,
  script: string,
): Promise<History & { readonly story: string }> {
  const steps = script.split('; ').map(parseStep);
  const history = await playSteps(subject, capacity, steps);
  return { ...history, story: `new BoundedQueue(${capacity}); ${script}` };
}

export async function playSteps(
  subject: Subject,
  capacity: number,
  steps: readonly Step[],
): Promise<History> {
  const driver = await subject.driver();
  return shape('the history of the calls', await driver.call('play', capacity, steps), historySchema);
}

function parseStep(text: string): Step {
  const [call, argument = ''] = text.split(' ');
  switch (call) {
    case 'push':
      return ['push', argument];
    case 'take':
      return ['take', Number(argument)];
    case 'size':
    case 'close':
    case 'rest':
      return [call];
    default:
      throw new Error(`no such step: ${text}`);
  }
}

/** What each take got, with its number: in a bare list two that were swapped look like one that was wrong. */
export function expectTakes(
  { story, takes }: { readonly story: string; readonly takes: History['takes'] },
  expected: readonly unknown[][],
  cause: Cause,
): void {
  const likely = typeof cause === 'function' ? cause(takes) : cause;
  expectEqual(`${story}: what each take got`, numbered(takes), numbered(expected), likely);
}

function numbered(takes: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(takes.map((items, index) => [`take no. ${index + 1}`, items]));
}

/** Whether a list of outcomes has this one among them. */
export function has(outcomes: unknown, outcome: unknown): boolean {
  return Array.isArray(outcomes) && outcomes.includes(outcome);
}

export const churnSchema = z.object({
  accepted: z.number(),
  takes: z.array(z.object({ max: z.number(), items: z.optional(z.array(z.number())) })),
  largestSize: z.number(),
});

/** Items are numbered from 0 in the order in which push() accepted them. */
export function judgeChurn(churn: z.infer<typeof churnSchema>, count: number, capacity: number): void {
  const { accepted, takes, largestSize } = churn;
  const unanswered = takes.filter((take) => take.items === undefined).length;
  expectEqual(
    'takers without an answer, though the queue was closed',
    unanswered,
    0,
    'a taker was forgotten: push or close must resolve every promise that take returned',
  );
  expectEqual('items accepted', accepted, count, 'push kept saying no although takers had made room');
  expectTrue(`size must stay within the capacity of ${capacity}`, largestSize <= capacity, {
    expected: `at most ${capacity}`,
    received: largestSize,
    cause: 'compare before adding, on every path through push',
  });
  const takers = new Map<number, number>();
  for (const { max, items = [] } of takes) {
    expectTrue(`a take(${max}) must give at most ${max} items`, items.length <= max, {
      expected: `at most ${max}`,
      received: items,
      cause: 'a taker that waited may not get more than its max either',
    });
    const inOrder = items.toSorted((a, b) => a - b);
    expectEqual('the items of one take', items, inOrder, 'within one take, too, the oldest comes first');
    for (const item of items) takers.set(item, (takers.get(item) ?? 0) + 1);
  }
  for (let item = 0; item < accepted; item++) judgeItem(item, takers.get(item) ?? 0);
}

function judgeItem(item: number, takers: number): void {
  if (takers === 1) return;
  const lost = takers === 0;
  fail({
    summary: lost
      ? `push accepted item ${item}, but no taker got it`
      : `item ${item} was handed out ${takers} times`,
    expected: 'each accepted item goes to exactly one taker',
    received: `${takers} takers got it`,
    cause: lost
      ? 'does a path through push return true without keeping the item? Does a take remove more than it gives?'
      : 'is an item that went straight to a waiting taker also put among the waiting items?',
  });
}
