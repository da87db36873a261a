/** How the checks ask the drivers, and how their findings are judged. */
import { type Cause, expectEqual, expectTrue, fail, type Subject, shape, z } from '../../../harness/index.ts';
import { differences, meetings } from './causes.ts';

const differenceSchema = z.object({
  kind: z.string(),
  story: z.string(),
  expected: z.string(),
  received: z.string(),
});

const playedSchema = z.object({ played: z.number(), difference: differenceSchema.optional() });

type Told = z.infer<typeof differenceSchema>;

/** Plays scripts inside the subject; fails with the first that differs from a list. */
export async function expectNoDifference(
  subject: Subject,
  call: 'everyStart' | 'randomScripts',
  ...args: unknown[]
): Promise<number> {
  const driver = await subject.driver();
  const reply = shape('the scripts', await driver.callWithin(6_000, call, ...args), playedSchema);
  if (reply.difference !== undefined) blame(reply.difference, differences);
  return reply.played;
}

/** Lets both ends meet in the middle of their calls; fails with the first thing that went wrong. */
export async function expectNoFinding(subject: Subject, call: string, cause?: Cause): Promise<void> {
  const driver = await subject.driver(call === 'lies' ? 'lies.ts' : 'orders.ts');
  const found = shape('the meetings', await driver.callWithin(6_000, call), differenceSchema.optional());
  if (found !== undefined) blame(found, meetings, cause);
}

function blame(
  { kind, story, expected, received }: Told,
  table: Readonly<Record<string, Cause>>,
  own?: Cause,
): never {
  const cause = kind === 'threw' || kind === 'endless' ? table[kind] : (own ?? table[kind]);
  const text = typeof cause === 'function' ? cause(received) : cause;
  fail({ summary: story, expected, received, ...(text === undefined ? {} : { cause: text }) });
}

const refusalSchema = z.object({
  story: z.string(),
  answer: z.string(),
  changed: z.string(),
  refused: z.number(),
  waits: z.number(),
});

/** What a writer said no to, or took. */
export async function refusals(subject: Subject, call: 'tooLarge' | 'whenFull', ...args: unknown[]) {
  const driver = await subject.driver();
  return shape('the answers', await driver.call(call, ...args), z.array(refusalSchema));
}

const sleptSchema = z.object({
  returned: z.string(),
  uses: z.array(z.string()),
  limits: z.array(z.number()),
  fault: z.string(),
  elapsed: z.number(),
  waiting: z.number(),
});

export type Slept = z.infer<typeof sleptSchema>;

export async function sleep(
  subject: Subject,
  plan: { ms: number; at?: number; falseAlarms?: number; start?: number; newWriter?: boolean },
): Promise<Slept> {
  const driver = await subject.driver('sleeping.ts');
  const whole = { at: -1, falseAlarms: 0, start: 0, ...plan };
  return shape('the sleep', await driver.call('sleep', whole), sleptSchema);
}

export async function sleepEverywhere(subject: Subject, start: number) {
  const driver = await subject.driver('sleeping.ts');
  const schema = z.array(z.object({ nth: z.number(), slept: sleptSchema }));
  return shape('the sleeps', await driver.call('sleepEverywhere', start), schema);
}

/** A plain text of what the reader did: the tail of a long one. */
export function usesOf({ uses }: Slept): string {
  return uses.slice(-8).join(', ');
}

export { expectEqual, expectTrue };
