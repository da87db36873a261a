/**
 * CPU time of the student's work over that of a yardstick's: interleaved pairs in fresh processes, several launches.
 *
 * Minima, because host noise only ever adds. Several launches, because two starts of the same program differ (layout,
 * compiler, caches) by more than pairs within one start do. Near the limit more launches; still near: no verdict.
 */
import type { Decision } from './decision.ts';
import { noisy } from './decision.ts';
import { type Session, TimedWork, wrongReply, wrongYardstick } from './session.ts';
import { fold, highest, lowest, median, percent, short } from './statistics.ts';
import type { RatioGate } from './types.ts';

export type Side = 'yardstick' | 'student';

/** AB BA AB BA ...: neither side always comes first. */
export function pairOrder(pair: number): readonly Side[] {
  return pair % 2 === 0 ? ['yardstick', 'student'] : ['student', 'yardstick'];
}

/** Samples of one launch, in the order they were taken. */
export interface RatioLaunch {
  readonly student: readonly number[];
  readonly yardstick: readonly number[];
}

export interface RatioRule {
  /** |ln(measured / limit)| below this is too near to decide. */
  readonly z: number;
  /** Numbers of launches after which a verdict may be given. */
  readonly stops: readonly number[];
  /** The yardstick against itself, first half of a launch against the second: up to this factor it counts as quiet. */
  readonly halves: number;
  /** Launches whose ratios differ by more than this factor were disturbed: starts of one program differ by less. */
  readonly spread: number;
}

export const cpuRule: RatioRule = { z: 0.04, stops: [3, 5, 7], halves: 1.1, spread: 1.25 };

const warmRuns = 6;
const pairs = 8;
/**
 * CPU time after which a launch ends early: the student is so slow that few samples tell. Not wall time, which a busy
 * machine would use up for a fast student too.
 */
const launchBudgetMs = 4_000;
const minimumPairs = 4;
/** Below this a sample of the yardstick is too short for the system's clock. */
const shortestSampleMs = 1;

/** min over min, of one launch. */
export function launchRatio(launch: RatioLaunch): number {
  return lowest(launch.student) / lowest(launch.yardstick);
}

/** The yardstick against itself: how much one launch's own machine moved. */
export function drift(samples: readonly number[]): number {
  const middle = Math.floor(samples.length / 2);
  return fold(lowest(samples.slice(0, middle)), lowest(samples.slice(middle)));
}

/**
 * Why the median of the launches' ratios does not decide, or undefined when it does. A machine that moved while it
 * measured, or whose launches differ widely, is believed when the ratio is further from the limit than that, or when all
 * launches agree: interleaving takes most of the movement out, but not all.
 */
export function doubt(
  ratios: readonly number[],
  limit: number,
  moved: number,
  rule: RatioRule,
): string | undefined {
  const ratio = median(ratios);
  const isNear = (value: number): boolean => Math.abs(Math.log(value / limit)) < rule.z;
  const near = `${short(ratio)} is too near the limit of ${short(limit)} to tell after ${ratios.length} launches`;
  if (isNear(ratio)) return near;
  const agree = ratios.every((each) => !isNear(each) && each > limit === ratio > limit);
  // The outermost of many launches tell little: with more launches the range only grows.
  const inner = ratios.length < 5 ? ratios : ratios.toSorted((a, b) => a - b).slice(1, -1);
  const spread = highest(inner) / lowest(inner);
  const unrest = Math.max(moved > rule.halves ? moved : 1, spread > rule.spread ? spread : 1);
  if (unrest === 1 || agree || Math.abs(Math.log(ratio / limit)) > Math.log(unrest)) return undefined;
  return `this machine's timings moved by ${percent(unrest)}: ${near}`;
}

/** The verdict, or undefined when another launch is needed. */
export function decideRatio(
  launches: readonly RatioLaunch[],
  limit: number,
  rule: RatioRule,
): Decision | undefined {
  if (!rule.stops.includes(launches.length)) return undefined;
  const last = launches.length === rule.stops.at(-1);
  const ratios = launches.map(launchRatio);
  const ratio = median(ratios);
  const moved = median(launches.map((launch) => drift(launch.yardstick)));
  const doubted = doubt(ratios, limit, moved, rule);
  if (doubted !== undefined) return last ? noisy(ratio, doubted) : undefined;
  return { outcome: ratio <= limit ? 'passed' : 'failed', measured: ratio };
}

/** `launches` is filled for whoever wants to look at them. */
export async function runRatio(
  gate: RatioGate,
  session: Session,
  launches: RatioLaunch[] = [],
): Promise<Decision> {
  for (;;) {
    session.progress(`launch ${launches.length + 1}: ${gate.yardstick.name} and your code in turn`);
    launches.push(await measureLaunch(gate, session, launches.length));
    const decision = hopeless(launches, gate.limit) ?? decideRatio(launches, gate.limit, cpuRule);
    if (decision !== undefined) return describe(gate, launches, decision);
  }
}

/** A student far beyond the limit whose launches had to be cut short: nothing is gained by more of them. */
function hopeless(launches: readonly RatioLaunch[], limit: number): Decision | undefined {
  const far = launches.every((launch) => launch.student.length < pairs && launchRatio(launch) > 2 * limit);
  const ratio = median(launches.map(launchRatio));
  if (!far || (launches.length < 2 && ratio < 4 * limit)) return undefined;
  return { outcome: 'failed', measured: ratio };
}

function describe(gate: RatioGate, launches: readonly RatioLaunch[], decision: Decision): Decision {
  const own = median(launches.map((launch) => lowest(launch.yardstick)));
  const student = median(launches.map((launch) => lowest(launch.student)));
  const described: Decision = {
    yardstick: { name: gate.yardstick.name, value: own, unit: 'ms of CPU time' },
    note: `${short(student)} ms of CPU time against ${short(own)} ms, ${launches.length} launches`,
    ...decision,
  };
  if (own < shortestSampleMs) {
    // Our own mistake in choosing a size, or a machine much faster than those of today: never the student's.
    const reason = `the yardstick took only ${short(own)} ms, which is too short to time: please report it`;
    return { ...described, outcome: 'inconclusive', reason };
  }
  if (decision.outcome !== 'failed' || decision.measured === null) return described;
  const reason = `it cost ${short(decision.measured)} x ${gate.yardstick.name}; ${short(gate.limit)} x is allowed`;
  return { ...described, reason };
}

/** Both sides in fresh processes, warmed equally; one pair discarded, then pairs in the order AB BA AB BA. */
async function measureLaunch(gate: RatioGate, session: Session, launch: number): Promise<RatioLaunch> {
  const subjects = [await session.start(), await session.start()] as const;
  const sides = {
    yardstick: await TimedWork.load(session, subjects[0], gate.yardstick),
    student: await TimedWork.load(session, subjects[1], gate.student),
  };
  const samples = { yardstick: [] as number[], student: [] as number[] };
  let spentMs = 0;
  const take = async (side: Side, round: string): Promise<number> => {
    const seed = session.seed(`${launch}/${round}`);
    const { cpuMs, reply } = await sides[side].sample(gate.size, seed);
    const problem = gate.verify(reply, gate.size, seed);
    spentMs += cpuMs;
    if (problem === undefined) return cpuMs;
    if (side === 'student') throw wrongReply(problem);
    throw wrongYardstick(gate.id, problem);
  };

  for (let run = 0; run < warmRuns + 1; run++) {
    for (const side of pairOrder(run)) await take(side, `warm ${run}`);
    if (spentMs > launchBudgetMs) break;
  }
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of pairOrder(pair)) samples[side].push(await take(side, `pair ${pair}`));
    if (pair + 1 >= minimumPairs && spentMs > launchBudgetMs) break;
  }
  await session.end(...subjects);
  return samples;
}
