/** Plays written as text, and the file as a list of names. */
import type { Random, Subject } from '../../../harness/index.ts';
import { type Cause, expectEqual, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import type { Options, Report, Step } from './driver.ts';

const reportSchema = z.object({
  text: z.string(),
  appends: z.array(z.object({ at: z.number(), text: z.string() })),
  written: z.number(),
  dropped: z.number(),
  start: z.string(),
  stops: z.array(z.string()),
  refusals: z.array(z.string()),
});

/** A report, and the script up to it for the failure's text. */
export type Told = Report & { readonly story: string };

/**
 * Plays a script such as `start; push 3; rest; fail 2 ENOSPC; advance 100; report; stop` against a new store; the
 * steps are explained in driver.ts. One report for each `report`, and one for the end.
 */
async function play(
  subject: Subject,
  script: string,
  { batch = 3, capacity = 1_000, found = '' }: Partial<Options> = {},
): Promise<Told[]> {
  const texts = script.split('; ');
  const driver = await subject.driver();
  const reply = await driver.call('play', { batch, capacity, found }, texts.map(parseStep));
  const reports = shape('the reports of the play', reply, z.array(reportSchema));
  const ends = texts.flatMap((text, index) => (text === 'report' ? [index] : []));
  return reports.map((report, index) => {
    const steps = texts.slice(0, ends[index] ?? texts.length).filter((text) => text !== 'report');
    return { ...report, story: `batch ${batch}: ${steps.join('; ')}` };
  });
}

/** A play with one report in the middle: that one, and the one at the end. */
export async function playTwice(...args: Parameters<typeof play>): Promise<[Told, Told]> {
  const [middle, end] = await play(...args);
  if (middle === undefined || end === undefined) throw new Error('the script needs one report');
  return [middle, end];
}

/** A play with one report, at its end. */
export async function playOnce(...args: Parameters<typeof play>): Promise<Told> {
  const [end] = await play(...args);
  if (end === undefined) throw new Error('a play reports at its end');
  return end;
}

function parseStep(text: string): Step {
  const [step, first = '', second = ''] = text.split(' ');
  switch (step) {
    case 'start':
    case 'stop':
    case 'rest':
    case 'hold':
    case 'release':
    case 'crash':
    case 'report':
      return [step];
    case 'push':
    case 'value':
    case 'advance':
      return [step, Number(first)];
    case 'fail':
    case 'fail-nth':
      return [step, Number(first), second];
    default:
      throw new Error(`no such step: ${text}`);
  }
}

/** The names of the metrics in a file, in order; a line that is no metric stands there as it is. */
export function namesIn(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop();
  const names = lines.map(nameOf);
  return last === '' || last === undefined ? names : [...names, `unfinished line: ${last}`];
}

function nameOf(line: string): string {
  if (line === '') return 'empty line';
  try {
    const metric = z.object({ name: z.string() }).safeParse(JSON.parse(line));
    return metric.success ? metric.data.name : `no metric: ${line}`;
  } catch {
    return `no JSON: ${line}`;
  }
}

/** `m1` to `m<count>`, or from `m<first>`. */
export function names(last: number, first = 1): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `m${first + i}`);
}

/** The file holds these metrics and nothing else. */
export function expectFile(told: Told, expected: readonly string[], cause: Cause): void {
  expectEqual(`${told.story}: the file`, namesIn(told.text), expected, cause);
}

/** Each counter has its own likely cause: that of the one that is right would send the student to the wrong line. */
export interface StatsCauses {
  readonly written: string;
  readonly dropped: string;
}

export function expectStats(told: Told, written: number, dropped: number, causes: StatsCauses): void {
  const received = { written: told.written, dropped: told.dropped };
  const wrong: string[] = [];
  if (told.written !== written) wrong.push(causes.written);
  if (told.dropped !== dropped) wrong.push(causes.dropped);
  expectEqual(`${told.story}: stats`, received, { written, dropped }, wrong.join('\n'));
}

/** The times at which a metric was in an append, failed ones too. */
export function triesOf(told: Told, name: string): number[] {
  return told.appends.filter(({ text }) => namesIn(text).includes(name)).map(({ at }) => at);
}

/** A metric is offered until it is written or given up, and nothing else is offered in between. */
export function expectTries(told: Told, name: string, expected: readonly number[]): void {
  const has = told.appends.map(({ text }) => namesIn(text).includes(name));
  const between = has.slice(has.indexOf(true), has.lastIndexOf(true) + 1);
  const cause = between.includes(false) ? causes.oneInFlight : causes.delays;
  expectEqual(
    `${told.story}: the times in ms at which ${name} was offered`,
    triesOf(told, name),
    expected,
    cause,
  );
}

/** How the promises of the calls of stop() stand: `resolved` or `still waiting`. */
export function expectStops(told: Told, expected: readonly string[], cause: Cause): void {
  expectEqual(`${told.story}: the promise of stop()`, told.stops, expected, cause);
}

/** A script of `count` pushes in random portions, on a disk that fails now and then, never five times in a row. */
export function storm(random: Random, count: number): string {
  const steps: string[] = [];
  for (let nth = 1; nth < 3 * count; ) {
    const failures = random.integer(0, 4);
    for (let i = 0; i < failures; i++) steps.push(`fail-nth ${nth + i} ENOSPC`);
    nth += failures + random.integer(1, 3);
  }
  steps.push('start');
  for (let left = count; left > 0; ) {
    const portion = Math.min(left, random.integer(1, 20));
    left -= portion;
    steps.push(`push ${portion}`, `advance ${random.integer(0, 900)}`);
  }
  return [...steps, 'stop', `advance ${count * 1_500}`].join('; ');
}

/** The value that a line of JSON stands for; what is no JSON stays as it is. */
export function parse(line: unknown): unknown {
  try {
    return typeof line === 'string' ? JSON.parse(line) : line;
  } catch {
    return line;
  }
}
