/**
 * How CPU time grows with size: the slope of log time over log size, by least squares over four sizes.
 *
 * All four points, never the last doubling alone: that one reads up to 2.1 for linear code. The verdict must be the
 * same by the lowest and by the second lowest times; where they disagree, noise would decide.
 */
import type { Decision } from './decision.ts';
import { noisy } from './decision.ts';
import { gateCallMs, type Session, TimedWork, wrongReply } from './session.ts';
import { highest, logSlope, lowest, median, secondLowest, short } from './statistics.ts';
import type { ExponentGate } from './types.ts';

/** After so many rounds over all sizes, both slopes must be at least `margin` from the limit. */
export interface ExponentStop {
  readonly rounds: number;
  readonly margin: number;
}

/**
 * A burst of other work that hits one size in every round moves the slope by up to 0.4: the fewer the rounds, the
 * likelier that is, so a verdict after five rounds must be a clear one.
 */
export const exponentRule: readonly ExponentStop[] = [
  { rounds: 5, margin: 0.25 },
  { rounds: 9, margin: 0.15 },
  { rounds: 15, margin: 0.05 },
];

/**
 * CPU time after which no more rounds follow: the samples are so long that few of them tell. Not wall time, which a busy
 * machine would use up for fast work too.
 */
const budgetMs = 10_000;

/** Times of one size that differ by more than this factor: a verdict needs all the rounds there are. */
const disturbed = 1.5;

function unrest(times: readonly (readonly number[])[]): number {
  return median(times.map((samples) => highest(samples) / lowest(samples)));
}

/** `times[i]` are the CPU times of `sizes[i]`. `final` when there will be no more rounds. */
export function decideExponent(
  sizes: readonly number[],
  times: readonly (readonly number[])[],
  limit: number,
  rule: readonly ExponentStop[],
  final = false,
): Decision | undefined {
  const rounds = Math.min(...times.map((samples) => samples.length));
  const last = final || rounds === rule.at(-1)?.rounds;
  if (!last && (unrest(times) > disturbed || rule.every((stop) => stop.rounds !== rounds))) return undefined;
  // Stopped early: the margin of so few rounds.
  const margin = rule.find((stop) => stop.rounds >= rounds)?.margin ?? 0;
  const best = logSlope(sizes, times.map(lowest));
  const second = logSlope(sizes, times.map(secondLowest));
  const note = `${sizes.map((size, i) => `${size}: ${short(lowest(times[i] ?? []))} ms`).join(', ')}`;
  if (Math.max(best, second) <= limit - margin) return { outcome: 'passed', measured: best, note };
  if (Math.min(best, second) > limit + margin) return { outcome: 'failed', measured: best, note };
  if (!last) return undefined;
  const what = `the exponent reads ${short(best)} by the lowest times and ${short(second)} by the second lowest`;
  return { ...noisy(best, `${what}: too near the limit of ${short(limit)} to tell`), note };
}

export async function runExponent(gate: ExponentGate, session: Session): Promise<Decision> {
  const subject = await session.start();
  const work = await TimedWork.load(session, subject, gate.subject);
  const times: number[][] = gate.sizes.map(() => []);
  session.progress(`warming up at sizes ${gate.sizes.join(', ')}`);
  const warm: number[] = [];
  try {
    for (const size of gate.sizes) warm.push(await sample(gate, session, work, size, 'warm 0'));
  } catch (error) {
    if (warm.length < 2 || !isOverdue(error)) throw error;
    return overdue(gate, warm);
  }
  // A second warm round, unless the first was slow enough to have compiled everything.
  let spentMs = warm.reduce((sum, ms) => sum + ms, 0);
  if (spentMs < budgetMs / 5) {
    for (const size of gate.sizes) await sample(gate, session, work, size, 'warm 1');
  }
  for (let round = 1; ; round++) {
    session.progress(`round ${round}`);
    for (const [i, size] of gate.sizes.entries()) {
      const cpuMs = await sample(gate, session, work, size, `round ${round}`);
      times[i]?.push(cpuMs);
      spentMs += cpuMs;
    }
    const decision = decideExponent(gate.sizes, times, gate.limit, exponentRule, spentMs > budgetMs);
    if (decision === undefined) continue;
    await session.end(subject);
    if (decision.outcome !== 'failed') return decision;
    return { ...decision, reason: grows(decision.measured ?? 0, gate) };
  }
}

async function sample(
  gate: ExponentGate,
  session: Session,
  work: TimedWork,
  size: number,
  round: string,
): Promise<number> {
  const seed = session.seed(`${round}/${size}`);
  const { cpuMs, reply } = await work.sample(size, seed);
  const problem = gate.verify(reply, size, seed);
  if (problem !== undefined) throw wrongReply(problem);
  return cpuMs;
}

function isOverdue(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CALL_TIMEOUT';
}

/** Smaller sizes were done, this one was not in seconds: that is growth, not an endless loop. */
function overdue(gate: ExponentGate, warm: readonly number[]): Decision {
  const [size, before] = [gate.sizes[warm.length] ?? 0, gate.sizes[warm.length - 1] ?? 0];
  const reason = `size ${size} was not done within ${gateCallMs / 1000} s; half of it, ${before}, took ${short(warm.at(-1) ?? 0)} ms`;
  return { outcome: 'failed', measured: null, reason };
}

function grows(slope: number, gate: ExponentGate): string {
  const doubled = short(2 ** slope);
  return `twice the size takes ${doubled} times the CPU time (exponent ${short(slope)}); the limit is ${short(gate.limit)}`;
}
