/** Plays written as text, and what the file must hold. */
import type { Random, Subject } from '../../../harness/index.ts';
import { type Cause, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import type { Cut, World } from './cuts.ts';
import type { Options, Report, Step } from './driver.ts';

/** What stands in the file before each play: positions count from the file's beginning, not from the committer's. */
export const FOUND = 'old;';

const reportSchema = z.object({
  text: z.string(),
  operations: z.array(z.object({ kind: z.enum(['append', 'sync', 'truncate', 'close']), text: z.string() })),
  overlaps: z.array(z.string()),
  answers: z.array(z.union([z.number(), z.string()])),
  errors: z.array(z.number()),
  settled: z.array(z.number()),
  closes: z.array(z.string()),
  timers: z.number(),
  polls: z.boolean(),
});

/** A report, the script up to it for the failure's text, and the records that it appended. */
export type Told = Report & { readonly story: string; readonly records: readonly string[] };

/**
 * Plays a script such as `hold sync; append 1; rest; append 3 0 20; release; rest; report`. `append 3` appends three
 * records, `r1;` to `r3;`; `size 0 20` appends two of these sizes. One report for each `report`, and one for the end.
 */
export async function play(
  subject: Subject,
  script: string,
  { maxBytes = 1_000, maxPending = 1_000, slow = false }: Partial<Options> = {},
): Promise<Told[]> {
  const records: string[] = [];
  const texts = script.split('; ');
  const steps = texts.map((text) => parseStep(text, records));
  const driver = await subject.driver();
  const reply = await driver.call('play', { maxBytes, maxPending, slow, found: FOUND }, steps);
  const reports = shape('the reports of the play', reply, z.array(reportSchema));
  const ends = texts.flatMap((text, index) => (text === 'report' ? [index] : []));
  return reports.map((report, index) => {
    const told = texts.slice(0, ends[index] ?? texts.length).filter((text) => text !== 'report');
    return { ...report, story: told.join('; '), records: records.slice(0, report.answers.length) };
  });
}

export async function playTwice(...args: Parameters<typeof play>): Promise<[Told, Told]> {
  const [middle, end] = await play(...args);
  if (middle === undefined || end === undefined) throw new Error('the script needs one report');
  return [middle, end];
}

export async function playOnce(...args: Parameters<typeof play>): Promise<Told> {
  const [end] = await play(...args);
  if (end === undefined) throw new Error('a play reports at its end');
  return end;
}

function parseStep(text: string, records: string[]): Step {
  const [step, ...words] = text.split(' ');
  const [first = '', second = ''] = words;
  switch (step) {
    case 'append':
      return ['append', Array.from({ length: Number(first) }, () => newRecord(records))];
    case 'size':
      return ['append', words.map((size) => newRecord(records, Number(size)))];
    case 'rest':
    case 'crash':
    case 'close':
    case 'report':
      return [step];
    case 'advance':
    case 'turn':
      return [step, Number(first)];
    case 'hold':
      return [step, heldOf(first)];
    case 'release':
      return [step, first === '' ? 'all' : heldOf(first)];
    case 'fail':
      return [step, first === 'size' ? first : heldOf(first), second];
    case 'tear':
      return [step, Number(first), second];
    default:
      throw new Error(`no such step: ${text}`);
  }
}

function heldOf(word: string): 'append' | 'sync' | 'truncate' {
  if (word === 'append' || word === 'sync' || word === 'truncate') return word;
  throw new Error(`no such operation: ${word}`);
}

/** `r7;`, or exactly `size` bytes that begin like it. */
function newRecord(records: string[], size?: number): string {
  const name = `r${records.length + 1};`;
  const record = size === undefined ? name : name.padEnd(size, '.').slice(0, size);
  records.push(record);
  return record;
}

/** The records with these numbers (from 1) were acknowledged, stand where they were told to, and nothing else is there. */
export function expectCommitted(told: Told, numbers: readonly number[], cause: Cause): void {
  const texts = numbers.map((number) => told.records[number - 1] ?? '');
  expectEqual(`${told.story}: the file`, told.text, FOUND + texts.join(''), cause);
  let position = FOUND.length;
  for (const [i, number] of numbers.entries()) {
    const what = `${told.story}: what append of r${number} resolved with`;
    expectEqual(what, told.answers[number - 1], position, (received) => answerCause(received, cause));
    position += texts[i]?.length ?? 0;
  }
}

function answerCause(received: unknown, cause: Cause): string | undefined {
  if (typeof received === 'number')
    return 'the position of a record in the file: that of its batch, which file.append resolves with, and the lengths of those before it in the batch';
  if (received === 'waiting') return 'its promise never settled: every record of a batch must get its answer';
  return typeof cause === 'string' ? cause : cause(received);
}

export function expectAnswer(told: Told, number: number, expected: string, cause: Cause): void {
  const received = told.answers[number - 1];
  const good = expected === 'rejected' ? String(received).startsWith('rejected') : received === expected;
  const threw = String(received).startsWith('threw');
  expectTrue(`${told.story}: the promise of r${number}`, good, {
    expected,
    received: String(received),
    cause: threw ? causes.throws : cause,
  });
}

/** `append`, `sync` and `truncate` of the file never overlap. */
export function expectOneAtATime(told: {
  readonly story: string;
  readonly overlaps: readonly string[];
}): void {
  expectEqual(`${told.story}: calls of the file that overlapped`, told.overlaps, [], causes.overlap);
}

/** These records (numbers from 1), which share a fate, were answered in the order of their calls. */
export function expectInTurn(told: Told, numbers: readonly number[]): void {
  const order = told.settled.map((index) => index + 1).filter((number) => numbers.includes(number));
  expectEqual(`${told.story}: the order of these answers`, order, numbers, causes.answersInOrder);
}

/** What the appends of the file were given, without the names of the files. */
export function batches(told: Told): string[] {
  return told.operations.filter(({ kind }) => kind === 'append').map(({ text }) => text);
}

export function kinds(told: Told): string[] {
  return told.operations.map(({ kind }) => kind);
}

/** Four clients with four records each, of 5 to 30 bytes; where the disk makes trouble, some records are empty. */
export function randomWorld(random: Random, trouble?: World['trouble']): World {
  const record = (name: string): string => {
    const isEmpty = trouble !== undefined && random.integer(0, 3) === 0;
    return isEmpty ? '' : `${name};`.padEnd(random.integer(5, 30), '.');
  };
  const clients = ['a', 'b', 'c', 'd'].map((name) => [1, 2, 3, 4].map((i) => record(`${name}${i}`)));
  const world = { clients, maxBytes: 40, found: FOUND, seed: random.integer(1, 1e9) };
  return trouble === undefined ? world : { ...world, trouble };
}

const historySchema = z.object({
  rejected: z.number(),
  unanswered: z.number(),
  overlaps: z.array(z.string()),
});

/** So many clients, each with its next record in the moment of its last answer. */
export async function playClients(subject: Subject, count: number, records: number, maxPending = 1_000) {
  const names = Array.from({ length: count }, (_, client) => `c${client + 1}-`);
  const clients = names.map((name) => Array.from({ length: records }, (_, i) => `${name}${i + 1};`));
  const driver = await subject.driver('cuts.ts');
  const world: World = { clients, maxBytes: 1_000, maxPending, found: FOUND, seed: 1 };
  const history = shape('the history', await driver.call('wholeHistory', world), historySchema);
  const story = `${count} clients append ${records} records each, always the next one in the moment of the last answer`;
  expectEqual(`${story}: records without an answer`, history.unanswered, 0, unansweredCause);
  return { ...history, story };
}

const cutsSchema = z.object({
  changes: z.number(),
  unanswered: z.number(),
  rejected: z.number(),
  cuts: z.array(
    z.object({
      after: z.number(),
      kept: z.string(),
      answers: z.array(z.object({ text: z.string(), position: z.number() })),
      file: z.string(),
    }),
  ),
});

/** Cuts the power everywhere, and judges what was found each time. */
export async function cutEverywhere(subject: Subject, world: World): Promise<void> {
  const driver = await subject.driver('cuts.ts');
  const reply = await driver.callWithin(8_000, 'cutEverywhere', world);
  const { cuts, unanswered, rejected } = shape('the power cuts', reply, cutsSchema);
  const { trouble } = world;
  const told =
    trouble === undefined
      ? '4 clients, 16 records'
      : `4 clients, 16 records, ${trouble.kind === 'tear' ? `append ${trouble.nth} of the file fails half-way` : `sync ${trouble.nth} fails`}`;
  for (const cut of cuts) judgeCut(told, cut);
  expectEqual(`${told}: records without an answer, when the power stayed on`, unanswered, 0, unansweredCause);
  // A failed sync may reject everybody, a failed append its own batch only.
  if (trouble?.kind === 'sync') return;
  const good = trouble === undefined ? rejected === 0 : rejected < 16;
  expectTrue(`${told}: records that were rejected, when the power stayed on`, good, {
    expected: trouble === undefined ? 'none' : 'those of one batch',
    received: rejected,
    cause: 'a disk that works, or works again, must get the records: only an error of the disk rejects them',
  });
}

const unansweredCause =
  'every append must get its answer, whatever happens: look for a path that leaves somebody waiting';

/** Whatever was acknowledged is there, whole, in the order of the calls, one behind the other. */
function judgeCut(told: string, { after, kept, answers, file }: Cut): void {
  let end = FOUND.length;
  for (const { text, position } of answers) {
    if (position < 0) continue;
    const found = file.slice(position, position + text.length);
    if (found === text && position === end) {
      end += text.length;
      continue;
    }
    const lost = found !== text;
    fail({
      summary: `${told}; the power failed after ${after} changes of the disk, which kept ${kept} unsynced bytes: an acknowledged record ${lost ? 'is not there' : 'is in the wrong place'}`,
      expected: `${JSON.stringify(text)} at ${end}, right behind what was acknowledged before it`,
      received: `append had resolved with ${position}; found there: ${JSON.stringify(found)}`,
      cause: lost
        ? 'a record was answered before a sync that began after its bytes were written had succeeded. Does a flush answer somebody who came after its append, or one whose sync failed?'
        : 'records stand in the file in the order of the calls, with nothing between them; is the position right in every batch, also behind an append that failed?',
    });
  }
  expectEqual(
    `${told}; the power failed after ${after} changes: what stood in the file before`,
    file.slice(0, FOUND.length),
    FOUND,
    'a cut after a failed append went too far: ask file.size() before the first append where the file ends',
  );
}
