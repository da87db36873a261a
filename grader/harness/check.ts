/** One hidden check: a vitest test that speaks to the student's process and reports in the student's words. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject, type TestContext, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { createRandom, deriveSeed, type Random } from '../core/random.ts';
import type { CheckFailure } from '../core/types.ts';
import { type Subject, SubjectError } from '../subject/index.ts';
import { SubjectsAhead } from './ahead.ts';
import type { CheckMeta } from './context.ts';
import { Expectation } from './expectations.ts';
import * as http from './http.ts';
import { awaitStart } from './starter.ts';

/** All that a check may touch. */
export interface CheckContext {
  readonly subject: Subject;
  /** This check's own chance, from the printed seed. */
  readonly random: Random;
  /** An empty folder for this check. */
  readonly scratch: string;
  readonly http: typeof http;
  /** A line for the attempt's log. */
  log(line: string): void;
}

export interface CheckOptions {
  /** Deadline of the whole check; default 10 s. */
  readonly timeoutMs?: number;
  /** A process of its own, for checks that end it or measure it. */
  readonly fresh?: boolean;
  /** V8's old space in MB; implies `fresh`. */
  readonly heapMb?: number;
}

const { prepared, begins } = awaitStart(inject('craftStarter'));
const config = await prepared;
const subjects = config === undefined ? undefined : new SubjectsAhead(config);
subjects?.prepare({});
const begun = await begins;
// Without checks there is no end of checks at which it could be done.
if (!begun) await subjects?.end();

/** One process serves the checks of a file one after another, until it dies or a check wants its own. */
let shared: Subject | undefined;
let deaths = 0;
/** How much of the shared subject's output earlier checks have already reported. */
let reported = 0;

/** The first check that wants a process of its own gets one that was started ahead; one spare is enough. */
let spared = false;

afterAll(async () => {
  await Promise.all([shared?.shutdown(), subjects?.end()]);
});

/** Registers a check. `id` is the manifest's; `title` is a sentence about what must hold. */
export function check(
  id: string,
  title: string,
  body: (context: CheckContext) => Promise<void>,
  options: CheckOptions = {},
): void {
  if (config === undefined || subjects === undefined || !begun) return;
  if (config.only !== undefined && !config.only.includes(id)) return;
  if (isOwn(options) && !spared) {
    spared = true;
    subjects.prepare(options);
  }
  const timeout = options.timeoutMs ?? limits.checkMs;
  // vitest's own deadline is only a net under ours, which gives the better message.
  test(title, { timeout: timeout + 5_000 }, async (context) => {
    const seed = deriveSeed(config.seed, id);
    const meta = { id, title, seed };
    if (deaths >= limits.deaths) return notReached(context, meta);
    const log: string[] = [];
    const scratch = mkdtempSync(join(config.build.jail?.shared ?? tmpdir(), 'craft-check-'));
    let subject: Subject | undefined;
    let thrown: unknown;
    try {
      subject = await subjectFor(subjects, options);
      const given = {
        subject,
        random: createRandom(seed),
        scratch,
        http,
        log: (line: string) => log.push(line),
      };
      await within(timeout, body(given));
      await settle(subject);
    } catch (error) {
      thrown = await withLateError(error, subject);
    } finally {
      rmSync(scratch, { recursive: true, force: true, maxRetries: 2 });
    }
    const output = takeOutput(subject);
    await retire(subject, options);
    context.task.meta.craft = {
      ...meta,
      reached: true,
      output,
      log,
      ...(thrown === undefined ? {} : explain(thrown)),
    };
    if (thrown !== undefined) throw thrown;
  });
}

function notReached(context: TestContext, meta: Pick<CheckMeta, 'id' | 'title' | 'seed'>): void {
  context.task.meta.craft = { ...meta, reached: false, output: '', log: [] };
  context.skip();
}

function isOwn({ fresh, heapMb }: CheckOptions): boolean {
  return fresh === true || heapMb !== undefined;
}

async function subjectFor(subjects: SubjectsAhead, options: CheckOptions): Promise<Subject> {
  const own = isOwn(options);
  if (!own && shared?.alive === true) return shared;
  const subject = await subjects.take(options);
  if (!own) {
    shared = subject;
    reported = 0;
  }
  return subject;
}

/** A check that ended its process on purpose has nothing left to settle. */
async function settle(subject: Subject): Promise<void> {
  if (subject.alive) await subject.settle();
}

/**
 * What the student's code threw where nobody was waiting is often why the expectation failed, and it must not be
 * left for the next check. An error of our own after the subject has died is a consequence of that death.
 */
async function withLateError(thrown: unknown, subject: Subject | undefined): Promise<unknown> {
  if (subject === undefined || (thrown instanceof SubjectError && thrown.fatal)) return thrown;
  try {
    await subject.settle();
  } catch (late) {
    if (!(late instanceof SubjectError)) return thrown;
    if (thrown instanceof Expectation) return late.fatal ? thrown : thrown.because(late.message, late.where);
    if (!(thrown instanceof SubjectError)) return late;
  }
  return thrown;
}

async function retire(subject: Subject | undefined, options: CheckOptions): Promise<void> {
  if (subject === undefined) return;
  subject.abandonCalls();
  if (!subject.alive && options.fresh !== true) deaths++;
  if (subject !== shared || !subject.alive) await subject.shutdown();
  if (subject === shared && !subject.alive) shared = undefined;
}

function takeOutput(subject: Subject | undefined): string {
  if (subject === undefined) return '';
  const all = subject.output();
  if (subject !== shared) return all;
  const fresh = all.slice(reported);
  reported = all.length;
  return fresh;
}

function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const late = (): void =>
      reject(new SubjectError('CALL_TIMEOUT', { what: 'the check', seconds: ms / 1000 }));
    timer = setTimeout(late, ms);
  });
  // The loser of the race may reject later, when its subject is shut down: nobody waits for it then.
  work.catch(() => {});
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

/** Turns what was thrown into the student's words; what is neither theirs nor an expectation is our bug. */
function explain(thrown: unknown): { failure: CheckFailure } | { internal: string } {
  if (thrown instanceof Expectation) return { failure: { code: 'EXPECTATION', ...thrown.wrong } };
  if (thrown instanceof SubjectError) {
    const where = thrown.where === undefined ? {} : { where: thrown.where };
    return { failure: { code: thrown.code, summary: thrown.message, ...where } };
  }
  const left = leftInItsWay(thrown);
  if (left !== undefined) return { failure: { code: 'EXPECTATION', summary: left } };
  return { internal: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
}

/** Whoever is graded shares a folder with the check, and may put there what the check cannot open, or fill it. */
function leftInItsWay(thrown: unknown): string | undefined {
  const shared = config?.build.jail?.shared;
  if (shared === undefined || !(thrown instanceof Error) || !('path' in thrown)) return undefined;
  if (typeof thrown.path !== 'string' || !thrown.path.startsWith(`${shared}/`)) return undefined;
  return `a file is not as this check needs it: ${thrown.message.replaceAll(`${shared}/`, '')}`;
}
