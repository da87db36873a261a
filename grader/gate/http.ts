/**
 * CPU time per request of the student's server over that of a yardstick server.
 *
 * The same rule as for CPU-bound work, with wider margins: starts of the same server differ by 5-9 %. CPU time is blind to
 * waiting (a sleep, a lock, synchronous I/O), so requests per second must be within 1.3 times the limit as well.
 */
import { CraftError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { Subject } from '../subject/types.ts';
import type { Decision } from './decision.ts';
import { noisy } from './decision.ts';
import { Generator, loadTarget } from './generator.ts';
import type { LoadTarget } from './protocol.ts';
import { cpuRule, doubt, drift, pairOrder, type RatioRule, type Side } from './ratio.ts';
import { type Session, wrongYardstick } from './session.ts';
import { highest, lowest, median, short } from './statistics.ts';
import type { HttpRatioGate } from './types.ts';

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

/** How much slower than its CPU time allows a server may be. */
const waiting = 1.3;

const warmRequests = 8_000;
const warmMs = 4_000;
const warmTurns = 4;
const sampleMs = 150;
const hopelessAfterMs = 8_000;
const pairs = 8;

const cpuPerRequest = (sample: HttpSample): number => sample.cpuMs / sample.requests;
const rate = (sample: HttpSample): number => (sample.requests / sample.ms) * 1000;

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

/** `launches` is filled for whoever wants to look at them. */
export async function runHttp(
  gate: HttpRatioGate,
  session: Session,
  launches: HttpLaunch[] = [],
): Promise<Decision> {
  const generator = new Generator();
  const stop = (): void => generator.end();
  session.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      session.progress(`launch ${launches.length + 1}: ${gate.yardstick.name} and your server in turn`);
      launches.push(await measureLaunch(gate, session, generator, launches.length));
      const decision = hopeless(launches, gate.limit, session) ?? decideHttp(launches, gate.limit, httpRule);
      if (decision !== undefined) return describe(gate, launches, decision);
    }
  } finally {
    session.signal.removeEventListener('abort', stop);
    stop();
  }
}

/** A server so far beyond the limit, twice, that its warm-up takes seconds: nothing is gained by more launches. */
function hopeless(launches: readonly HttpLaunch[], limit: number, session: Session): Decision | undefined {
  if (launches.length < 2 || session.elapsedMs < hopelessAfterMs) return undefined;
  const readings = launches.map((launch) => readLaunches([launch]));
  const far = readings.every(({ cost, slowness }) => cost > 2 * limit || slowness > 3 * waiting * limit);
  return far ? { outcome: 'failed', measured: readLaunches(launches).cost } : undefined;
}

function describe(gate: HttpRatioGate, launches: readonly HttpLaunch[], decision: Decision): Decision {
  const { cost, slowness } = readLaunches(launches);
  const micros = (side: Side): number =>
    median(launches.map((launch) => lowest(launch[side].map(cpuPerRequest)) * 1000));
  const rates = (side: Side): number => median(launches.map((launch) => highest(launch[side].map(rate))));
  const own = micros('yardstick');
  const described: Decision = {
    yardstick: { name: gate.yardstick.name, value: own, unit: 'us of CPU time per request' },
    note:
      `${short(micros('student'))} us of CPU time per request against ${short(own)}, ` +
      `${short(rates('student'))} requests/s against ${short(rates('yardstick'))}, ${launches.length} launches`,
    ...decision,
  };
  if (decision.outcome !== 'failed') return described;
  // A server that waits also costs more per request, since it wakes up for fewer of them: waiting is the cause.
  if (cost > gate.limit && slowness < 2 * cost) {
    const reason = `a request cost ${short(cost)} x ${gate.yardstick.name}; ${short(gate.limit)} x is allowed`;
    return { ...described, reason };
  }
  const reason =
    `it serves ${short(slowness)} times fewer requests/s than ${gate.yardstick.name}, more than its CPU time explains: ` +
    'it waits for something (a timer, a lock, a synchronous write?)';
  return { ...described, reason };
}

interface Server {
  readonly subject: Subject;
  readonly target: LoadTarget;
}

/** Both servers in fresh processes, warmed equally; one pair discarded, then pairs in the order AB BA AB BA. */
export async function measureLaunch(
  gate: HttpRatioGate,
  session: Session,
  generator: Generator,
  launch: number,
): Promise<HttpLaunch> {
  const requests = gate.requests(createRandom(session.seed(`${launch}/requests`)));
  const boot = async (side: Side): Promise<Server> => {
    const subject = await session.start();
    const driver = await subject.driver(gate[side].file);
    const port = Number(await driver.call(gate[side].start, session.seed(`${launch}/start`)));
    return { subject, target: loadTarget(gate, side, port, requests) };
  };
  const servers = { yardstick: await boot('yardstick'), student: await boot('student') };
  const sample = async (side: Side, count: number, ms: number): Promise<HttpSample> => {
    session.check();
    try {
      return await load(generator, servers[side], count, ms);
    } catch (error) {
      // A server that died is the reason for a broken connection: its own line says more.
      await servers[side].subject.settle();
      if (side === 'student' || !(error instanceof CraftError)) throw error;
      throw wrongYardstick(gate.id, error.message);
    }
  };
  const samples = { yardstick: [] as HttpSample[], student: [] as HttpSample[] };
  for (let turn = 0; turn < warmTurns; turn++) {
    for (const side of pairOrder(turn)) await sample(side, warmRequests / warmTurns, warmMs / warmTurns);
  }
  for (const side of pairOrder(0)) await sample(side, Number.POSITIVE_INFINITY, sampleMs);
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of pairOrder(pair))
      samples[side].push(await sample(side, Number.POSITIVE_INFINITY, sampleMs));
  }
  await session.end(servers.yardstick.subject, servers.student.subject);
  return samples;
}

/** One run against one server: connections are opened before its CPU time is read, and none is open between runs. */
async function load(
  generator: Generator,
  { subject, target }: Server,
  requests: number,
  ms: number,
): Promise<HttpSample> {
  await generator.open(target);
  const before = await subject.cpuMs();
  const report = await generator.run(requests, ms);
  const cpuMs = (await subject.cpuMs()) - before;
  await generator.close();
  return { requests: report.requests, ms: report.ms, clientCpuMs: report.clientCpuMs, cpuMs };
}
