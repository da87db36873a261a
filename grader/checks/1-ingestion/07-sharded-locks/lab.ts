/** What the checks of this exercise share: schemas of the driver's replies, stories of threads, and the oracle. */
import { type Cause, expectEqual, expectTrue, fail, type Subject, shape, z } from '../../../harness/index.ts';
import type { Call } from './limits.ts';

const foundSchema = z.object({
  states: z.number(),
  plain: z.boolean(),
  woken: z.number(),
  timed: z.boolean(),
  problem: z
    .object({
      kind: z.enum(['judge', 'asleep', 'timeout', 'spins', 'threw']),
      what: z.string(),
      story: z.array(z.string()),
    })
    .optional(),
});

export type Kind = 'judge' | 'asleep' | 'timeout' | 'spins' | 'threw';

/** What went wrong when threads call `allow`. */
export const limiterCauses: Readonly<Record<Kind, string>> = {
  judge:
    'everything that allow reads and writes in the shared memory happens between lock and unlock of the shard: also the search for the slot. And the constructor writes nothing: another thread may be at work already',
  asleep: 'somebody left with the lock held, or the mutex loses a wake-up: do the checks of the mutex pass?',
  timeout: 'the mutex sleeps with a time-out: do its checks pass?',
  spins: 'a waiting thread asks again and again: use the lock of the shard, which sleeps',
  threw: 'allow may throw for an id that is too long only',
};

/** Nothing went wrong in any order; or else the story of one that did. */
export function expectNoProblem(scene: string, reply: unknown, causes: Readonly<Record<Kind, string>>): void {
  const { problem, plain, woken, timed } = shape('what the orders of the steps came to', reply, foundSchema);
  if (problem !== undefined) {
    fail({
      summary: `${scene}: ${problem.what}`,
      expected: 'in whatever order the threads make their steps, all of them get the lock, one after another',
      received: problem.what,
      exhibit: `one order of the steps (@4: the cell at byte 4 of the buffer):\n${problem.story.join('\n')}`,
      cause: causes[problem.kind],
    });
  }
  expectEqual(
    `${scene}: the cell was read or written without Atomics`,
    plain,
    false,
    'cells[i] and cells[i] = x may be moved, merged or torn apart from their neighbours by the compiler: use Atomics.load and its like for every look at the cell',
  );
  expectEqual(`${scene}: a thread slept with a time-out`, timed, false, causes.timeout);
  expectTrue(`${scene}: threads that one unlock woke`, woken <= 1, {
    expected: 'at most 1',
    received: woken,
    cause:
      'only one of them can get the lock, and the others wake for nothing: Atomics.notify(cells, i, 1); without a count it wakes all',
  });
}

export interface Options {
  readonly shards: number;
  readonly slotsPerShard: number;
  readonly limit: number;
  readonly windowMs: number;
  readonly byteOffset?: number;
}

/** One shard, and room for everybody: what a check changes, it says. */
export const roomy: Options = { shards: 1, slotsPerShard: 20, limit: 2, windowMs: 1_000 };

/** `5000 a, 5999 a b` as calls of `allow`: the clock's reading, and who asks. */
export function callsOf(script: string): Call[] {
  return script.split(', ').flatMap((part) => {
    const [reading, ...ids] = part.split(' ');
    return ids.map((id): Call => [id, Number(reading)]);
  });
}

/** Plays calls and compares the answers, each beside its call; `yyn` is true, true, false. */
export async function expectPlay(
  subject: Subject,
  options: Options,
  script: string | readonly Call[],
  letters: string,
  cause: Cause,
  threads = 1,
): Promise<void> {
  const calls = typeof script === 'string' ? callsOf(script) : script;
  const driver = await subject.driver('limits.ts');
  const answers = shape(
    'the answers of allow',
    await driver.call('play', options, calls, threads),
    z.array(z.union([z.boolean(), z.string()])),
  );
  const numbered = (list: readonly unknown[]): Record<string, unknown> =>
    Object.fromEntries(
      list.map((answer, i) => [`${i + 1}. allow(${quote(calls[i]?.[0] ?? '')}, ${calls[i]?.[1]})`, answer]),
    );
  const expected = [...letters].map((letter) => (letter === 'r' ? 'RangeError' : letter === 'y'));
  const { shards, slotsPerShard, limit, windowMs } = options;
  const story = `new ShardedLimiter(buffer, { shards: ${shards}, slotsPerShard: ${slotsPerShard}, limit: ${limit}, windowMs: ${windowMs} })`;
  const who = threads > 1 ? `${threads} of these on one buffer, in turn: ${story}` : story;
  const likely = answers.includes('sleeps for ever') ? leaked : cause;
  const chosen = typeof likely === 'function' ? likely(answers) : likely;
  expectEqual(who, numbered(answers), numbered(expected), chosen);
}

const leaked =
  'a call before this one left with the lock held: return or throw inside lock.with(), or before you lock';

function quote(id: string): string {
  return id.length > 24 ? `'${id.slice(0, 10)}…' (${Buffer.byteLength(id)} bytes)` : `'${id}'`;
}

/** The contract in its plainest words, for one shard: everything is remembered, and everything is counted. */
export class Oracle {
  readonly #options: Options;
  readonly #passed = new Map<string, number[]>();
  #time = 0;
  #correction = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  allow([id, now]: Call): boolean {
    const time = now + this.#correction;
    if (this.#time - time > 1_000) this.#correction += this.#time - time;
    this.#time = Math.max(this.#time, time);
    const own = this.#inWindow(id);
    const others = [...this.#passed.keys()].filter(
      (other) => other !== id && this.#inWindow(other).length > 0,
    );
    if (own.length >= this.#options.limit || others.length >= this.#options.slotsPerShard) return false;
    this.#passed.set(id, [...own, this.#time]);
    return true;
  }

  #inWindow(id: string): number[] {
    return (this.#passed.get(id) ?? []).filter((passed) => this.#time - passed < this.#options.windowMs);
  }
}

/** FNV-1a by arithmetic that cannot overflow. */
export function fnvByBigInt(text: string): number {
  let hash = 0x811c9dc5n;
  for (const byte of Buffer.from(text, 'utf8')) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffff_ffffn;
  return Number(hash);
}

/** The threads of a scene came back, and the counter is what it must be. */
export function expectCounter(
  scene: string,
  reply: unknown,
  expected: number,
  causes: { readonly hung: string; readonly lost: string },
): void {
  const { hung, counter } = shape('the counter', reply, z.object({ hung: z.number(), counter: z.number() }));
  expectTrue(
    `${scene}: ${hung} of them had not come back after 5 s, with the counter at ${counter}`,
    hung === 0,
    {
      expected: 'all of them have done their rounds',
      received: `${hung} still wait or work`,
      cause: causes.hung,
    },
  );
  expectEqual(`${scene}: the counter`, counter, expected, causes.lost);
}

/** A scene of `everyOrder` in words. */
export function sceneOf(scripts: readonly string[]): string {
  const words = { l: 'lock, unlock', t: 'tryLock, and unlock if it was true', w: 'with()' } as const;
  return scripts
    .map((script, i) => {
      const acts = [...script].map((letter) => (letter === 't' || letter === 'w' ? words[letter] : words.l));
      return `${'ABC'[i]}: ${acts.join(', then ')}`;
    })
    .join('; ');
}
