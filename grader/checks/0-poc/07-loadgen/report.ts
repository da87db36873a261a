/** What the student's `runLoad` returns, checked for shape and for books that balance. */

import type { Subject } from '../../../harness/index.ts';
import { expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';

const count = z.int().min(0);
const us = z.number().or(z.nan());

export const latencyShape = z.object({ min: us, p50: us, p90: us, p99: us, max: us });

const reportShape = z.object({
  mode: z.enum(['open', 'closed']),
  planned: count,
  sent: count,
  // Less than 0 when requests were sent that were not due: `load` says so in words.
  unsent: z.int(),
  ok: count,
  statuses: z.record(z.string(), count),
  timeouts: count,
  resets: count,
  elapsedMs: z.number(),
  offered: z.number(),
  achieved: z.number(),
  latency: latencyShape,
});

export type Report = z.infer<typeof reportShape>;

export interface Load {
  readonly url: string;
  readonly mode: 'open' | 'closed';
  readonly rate?: number;
  readonly clients: number;
  readonly ms: number;
  readonly seed?: number;
  readonly timeoutMs?: number;
}

/** How much later than promised a run may end on a busy machine. */
const patienceMs = 2_000;

/** Calls the student's `runLoad`; it has `ms + timeoutMs` to end, and some patience on top. */
export async function load(subject: Subject, options: Load): Promise<Report> {
  const { seed = 1, timeoutMs = 5_000, ...rest } = options;
  const module = await subject.load('loadgen.ts');
  const deadlineMs = options.ms + (options.timeoutMs ?? 1_000) + patienceMs;
  const reply = await module.callWithin(deadlineMs, 'runLoad', { ...rest, seed, timeoutMs });
  const report = shape('the report of runLoad()', reply, reportShape);
  const { planned, sent, unsent } = report;
  if (unsent < 0) {
    const cause = `${sent} requests were sent, but only ${planned} are planned: were some taken that are due at ms or later, or is the number of requests due before ms rounded down?`;
    expectAtLeast('unsent', unsent, 0, cause);
  }
  return report;
}

/** A busy machine may leave requests unsent in one run; a mistake does in every run. The best of up to three. */
export async function mostSent<T extends { readonly report: Report }>(
  enough: number,
  run: () => Promise<T>,
): Promise<T> {
  let best = await run();
  for (let again = 0; again < 2 && best.report.sent < enough; again++) {
    const other = await run();
    if (other.report.sent > best.report.sent) best = other;
  }
  return best;
}

/** Every request that was due is somewhere: sent or not, answered, timed out or reset. */
export function expectBalance(report: Report): void {
  const answered = Object.values(report.statuses).reduce((sum, n) => sum + n, 0);
  expectEqual(
    'statuses + timeouts + resets',
    answered + report.timeouts + report.resets,
    report.sent,
    'every request that is sent ends as exactly one of the three: a reply of any status, a timeout or a reset',
  );
  expectEqual(
    'sent + unsent',
    report.sent + report.unsent,
    report.planned,
    'planned counts every request that was due, also those that never found a free connection',
  );
}

/** `received` is at least `least`, by count or by order of magnitude. */
export function expectAtLeast(what: string, received: number, least: number, cause: string): void {
  expectTrue(what, received >= least, { expected: `at least ${least}`, received: round(received), cause });
}

/** `received` is at most `most`. */
export function expectAtMost(what: string, received: number, most: number, cause: string): void {
  expectTrue(what, received <= most, { expected: `at most ${most}`, received: round(received), cause });
}

/** `received` is within 1 % of `expected`: the histogram's error, or rounding. Or within another share. */
export function expectNear(
  what: string,
  received: number,
  expected: number,
  cause: string,
  percent = 1,
): void {
  const near = Math.abs(received - expected) <= (expected * percent * 1.01) / 100;
  expectTrue(what, near, {
    expected: `${round(expected)}, give or take ${percent} %`,
    received: round(received),
    cause,
  });
}

function round(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(4)));
}
