/**
 * What the samples of two servers say: CPU time per request of the student's over that of the yardstick.
 *
 * The same rule as for CPU-bound work, with wider margins: starts of the same server differ by 5-9 %. CPU time is blind to
 * waiting (a sleep, a lock, synchronous I/O), so requests per second must be within 1.3 times the limit as well.
 */
import type { Decision } from './decision.ts';
import { noisy } from './decision.ts';
import { cpuRule, doubt, drift, type RatioRule, type Side } from './ratio.ts';
import { highest, lowest, median, short } from './statistics.ts';

/** One sample of one server. */
export interface HttpSample {
  readonly requests: number;
  readonly ms: number;
  /** CPU time of the server's process. */
  readonly cpuMs: number;
  /** CPU time of the load client. */
  readonly clientCpuMs: number;
}

export interface HttpLaunch {
  readonly student: readonly HttpSample[];
  readonly yardstick: readonly HttpSample[];
}

export const httpRule: RatioRule = { ...cpuRule, z: 0.1 };

/**
 * How far from the limit, as |ln(cost / limit)|, every launch must be for a verdict after one launch, and after two. Starts
 * differ by 5-9 %, so these are wider of chance than `z` after three. One launch never fails a student: a start that the
 * compiler treated badly is rare, but it happens.
 */
export const clearly: readonly number[] = [0.3, 0.15];

/** How much slower than its CPU time allows a server may be. */
export const waiting = 1.3;

export const cpuPerRequest = (sample: HttpSample): number => sample.cpuMs / sample.requests;
export const rate = (sample: HttpSample): number => (sample.requests / sample.ms) * 1000;

/** The client used its whole core while the server had time to spare: the figure is the client's. */
function generatorLimited(samples: readonly HttpSample[]): boolean {
  const server = median(samples.map((sample) => sample.cpuMs / sample.ms));
  const client = median(samples.map((sample) => sample.clientCpuMs / sample.ms));
  return client >= 0.9 && server < 0.9;
}

/** What several launches say together. */
export interface HttpReading {
  /** CPU time per request, student over yardstick. */
  readonly cost: number;
  /** Requests per second, yardstick over student. */
  readonly slowness: number;
  /** The same in the launch that was kindest to the student. */
  readonly leastSlowness: number;
  /** The yardstick against itself. */
  readonly moved: number;
  readonly studentLimited: boolean;
  readonly yardstickLimited: boolean;
}

/** CPU time per request of one launch, student over yardstick. */
export function launchCost(launch: HttpLaunch): number {
  return lowest(launch.student.map(cpuPerRequest)) / lowest(launch.yardstick.map(cpuPerRequest));
}

export function readLaunches(launches: readonly HttpLaunch[]): HttpReading {
  const limited = (side: Side) =>
    launches.filter((launch) => generatorLimited(launch[side])).length * 2 > launches.length;
  const bestRate = (samples: readonly HttpSample[]) => highest(samples.map(rate));
  const slowness = launches.map((launch) => bestRate(launch.yardstick) / bestRate(launch.student));
  return {
    cost: median(launches.map(launchCost)),
    slowness: median(slowness),
    leastSlowness: lowest(slowness),
    moved: median(launches.map((launch) => drift(launch.yardstick.map(cpuPerRequest)))),
    studentLimited: limited('student'),
    yardstickLimited: limited('yardstick'),
  };
}

/** The verdict, or undefined when another launch is needed. */
export function decideHttp(
  launches: readonly HttpLaunch[],
  limit: number,
  rule: RatioRule,
): Decision | undefined {
  if (launches.length <= clearly.length) return decideEarly(launches, limit, rule);
  if (!rule.stops.includes(launches.length)) return undefined;
  const last = launches.length === rule.stops.at(-1);
  const reading = readLaunches(launches);
  const { cost, slowness, moved } = reading;
  const unsure = (what: string): Decision | undefined => (last ? noisy(cost, what) : undefined);
  const doubted = doubt(launches.map(launchCost), limit, moved, rule);
  if (doubted !== undefined) return unsure(doubted);
  if (cost > limit) return { outcome: 'failed', measured: cost };
  const allowed = waiting * limit;
  const waits = slowness > allowed;
  // Requests per second are wall time: on a busy machine they vary by a factor of 2, so all launches must agree.
  if (waits && reading.leastSlowness < allowed * Math.exp(rule.z)) {
    return unsure(
      `its requests/s were ${short(reading.leastSlowness)} to ${short(slowness)} times fewer, launch by launch`,
    );
  }
  // A full client hides how fast a server is: a fast student seems slow, a fast yardstick makes a slow student seem fast.
  if (waits ? reading.studentLimited : reading.yardstickLimited && !reading.studentLimited) {
    return unsure('the load client was the limit');
  }
  return { outcome: waits ? 'failed' : 'passed', measured: cost };
}

/** The median pair of one launch: other programs that slowed every sample of one side are seen in it. */
function middlePair(launch: HttpLaunch, of: (sample: HttpSample) => number): number {
  return median(launch.student.map((sample, i) => of(sample) / of(launch.yardstick[i] ?? sample)));
}

/** A verdict of the first launches, when each of them is far beyond what starts and this machine vary by. */
function decideEarly(launches: readonly HttpLaunch[], limit: number, rule: RatioRule): Decision | undefined {
  const { cost, slowness, moved, studentLimited, yardstickLimited } = readLaunches(launches);
  const margin = Math.max(
    clearly[launches.length - 1] ?? Infinity,
    moved > rule.halves ? Math.log(moved) : 0,
  );
  const costs = launches.flatMap((launch) => [launchCost(launch), middlePair(launch, cpuPerRequest)]);
  const offsets = costs.map((each) => Math.log(each / limit));
  if (launches.length > 1 && offsets.every((offset) => offset > margin)) {
    return { outcome: 'failed', measured: cost };
  }
  // Without the allowance of 1.3: a yardstick that had to wait for the processor makes a student that waits look quick.
  const slower = [slowness, ...launches.map((launch) => 1 / middlePair(launch, rate))];
  const prompt = slower.every((each) => each <= limit) && (studentLimited || !yardstickLimited);
  return prompt && offsets.every((offset) => offset < -margin)
    ? { outcome: 'passed', measured: cost }
    : undefined;
}
