/** Plays written as text, and what must have become of their tasks. */
import type { Subject } from '../../../harness/index.ts';
import { type Cause, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import type { PlannedTask, Report, Step } from './driver.ts';

const reportSchema = z.object({
  answers: z.array(z.unknown()),
  started: z.array(z.number()),
  order: z.array(z.number()),
  thread: z.array(z.number()),
  left: z.array(z.number()),
  closes: z.array(z.string()),
  samePromise: z.boolean(),
  aliveAtClose: z.number(),
  threads: z.object({
    created: z.number(),
    alive: z.number(),
    most: z.number(),
    listeners: z.number(),
  }),
  mostInThread: z.number(),
  timers: z.number(),
});

export interface Setting {
  readonly size?: number;
  readonly maxQueue?: number;
  readonly file?: string;
  /** `{ a: 'echo echo' }`: two calls of `run` in the moment in which a is answered. `{ a: 'close' }`: close. */
  readonly next?: Readonly<Record<string, string>>;
  readonly isLong?: boolean;
}

/** A report, and the script up to it for the failure's text. */
export type Told = Report & { readonly story: string; readonly size: number };

/** One report for each `report` of the script, and one for its end. */
export async function play(subject: Subject, script: string, setting: Setting = {}): Promise<Told[]> {
  const { size = 1, maxQueue = 10, file = './tasks.js', next = {}, isLong = false } = setting;
  const texts = script.split('; ');
  const followers = Object.entries(next).map(([name, tasks]) => [
    indexOf(name),
    parseTasks(tasks.split(' ')),
  ]);
  const driver = await subject.driver();
  const options = { size, maxQueue, file, next: followers, isLong };
  const reply = await driver.callWithin(8_000, 'play', options, texts.map(parseStep));
  const reports = shape('the reports of the play', reply, z.array(reportSchema));
  const ends = texts.flatMap((text, index) => (text === 'report' ? [index] : []));
  const given = `size ${size}, maxQueue ${maxQueue}: `;
  const moments = Object.entries(next).map(
    ([name, tasks]) => `; when ${name} is answered: ${tasks === 'close' ? tasks : `run ${tasks}`}`,
  );
  return reports.map((report, index) => {
    const told = texts.slice(0, ends[index] ?? texts.length).filter((text) => text !== 'report');
    return { ...report, size, story: `${given}${told.join('; ')}${moments.join('')}` };
  });
}

export async function playOnce(...args: Parameters<typeof play>): Promise<Told> {
  const end = (await play(...args)).at(-1);
  if (end === undefined) throw new Error('a play reports at its end');
  return end;
}

export async function playTwice(...args: Parameters<typeof play>): Promise<[Told, Told]> {
  const [middle, end] = await play(...args);
  if (middle === undefined || end === undefined) throw new Error('the script needs one report');
  return [middle, end];
}

function parseStep(text: string): Step {
  const [step, ...words] = text.split(' ');
  const [first = ''] = words;
  switch (step) {
    case 'run':
      return [step, parseTasks(words)];
    case 'started':
    case 'ended':
      return [step, Number(first)];
    case 'release':
    case 'settled':
      return [step, words.map(indexOf)];
    case 'block':
      return [step, indexOf(first)];
    case 'close':
    case 'closed':
    case 'turn':
    case 'report':
      return [step];
    default:
      throw new Error(`no such step: ${text}`);
  }
}

/** `echo` or, with a limit of 50 ms, `echo:50`. */
function parseTasks(words: readonly string[]): PlannedTask[] {
  return words.map((word) => {
    const [kind = '', limit] = word.split(':');
    return limit === undefined ? { kind } : { kind, timeoutMs: Number(limit) };
  });
}

/** `a` is 0. */
function indexOf(name: string): number {
  return name.charCodeAt(0) - 97;
}

/** What became of tasks: `{ a: 'result of a', b: /^rejected: FullError/ }`. */
export function expectAnswers(told: Told, expected: Readonly<Record<string, unknown>>, cause: Cause): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const received = told.answers[indexOf(name)];
    const what = `${told.story}: what became of ${name}`;
    const likely = (): string | undefined => causeOf(received, cause);
    if (!(wanted instanceof RegExp)) expectEqual(what, received, wanted, likely);
    else {
      expectTrue(what, wanted.test(String(received)), {
        expected: inWords(wanted),
        received: String(received),
        cause: likely,
      });
    }
  }
}

/** A pattern as a student would read it. */
function inWords(wanted: RegExp): string {
  return wanted.source
    .replace('(?!FullError)', 'any Error but a FullError')
    .replace('.*', '… ')
    .replace(/[\^$]/g, '');
}

function causeOf(received: unknown, cause: Cause): string | undefined {
  if (String(received).startsWith('threw')) return causes.throws;
  return typeof cause === 'string' ? cause : cause(received);
}

/** The results of tasks that went well: `a b c`. */
export function resultsOf(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, `result of ${name}`]));
}

/** The names of the tasks that were started, in that order: `a c b`. */
export function startedOf({ order }: Told): string {
  const started = order.map((turn, index) => ({ turn, name: String.fromCharCode(97 + index) }));
  const inOrder = started.filter(({ turn }) => turn > 0).sort((one, other) => one.turn - other.turn);
  return inOrder.map(({ name }) => name).join(' ');
}

/** Never more than `size` threads, and so many started in all. */
export function expectThreads(told: Told, created: number, cause: Cause): void {
  expectFew(told);
  expectTrue(`${told.story}: threads that were started`, told.threads.created === created, {
    expected: String(created),
    received: told.threads.created,
    cause,
  });
}

/** Never more threads at a time than `size`. */
export function expectFew({ story, size, threads }: Told): void {
  expectTrue(`${story}: threads that lived at a time`, threads.most <= size, {
    expected: `at most ${size}`,
    received: threads.most,
    // None has ended, so it is no matter of replacement.
    cause: threads.created === threads.alive ? causes.unbounded : causes.tooMany,
  });
}

/** How often the tasks were started. */
export function expectStarted(told: Told, times: readonly number[], cause: Cause): void {
  expectEqual(`${told.story}: how often each task was started`, told.started, times, cause);
}

export function expectNoThread({ story, threads, aliveAtClose }: Told, cause: Cause): void {
  expectEqual(`${story}: threads that lived when close resolved`, aliveAtClose, 0, cause);
  expectEqual(`${story}: threads that live`, threads.alive, 0, cause);
}
