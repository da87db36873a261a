/** Measures the student's server and a yardstick server in turn, until the rule has a verdict. */
import { CraftError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { Subject } from '../subject/types.ts';
import type { Decision } from './decision.ts';
import { Generator, loadTarget } from './generator.ts';
import {
  cpuPerRequest,
  decideHttp,
  type HttpLaunch,
  type HttpSample,
  httpRule,
  rate,
  readLaunches,
  waiting,
} from './httprule.ts';
import type { LoadTarget } from './protocol.ts';
import { pairOrder, type Side } from './ratio.ts';
import { type Session, wrongYardstick } from './session.ts';
import { highest, lowest, median, short } from './statistics.ts';
import type { HttpRatioGate } from './types.ts';

/** A new connection costs several times a request, so a server of such is as warm after fewer. */
const warmRequests = { kept: 8_000, close: 3_000 };
const warmMs = 4_000;
const warmTurns = 4;
const sampleMs = 100;
const hopelessAfterMs = 8_000;
const pairs = 8;

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
  const warm = warmRequests[gate.yardstick.close || gate.student.close ? 'close' : 'kept'];
  for (let turn = 0; turn < warmTurns; turn++) {
    for (const side of pairOrder(turn)) await sample(side, warm / warmTurns, warmMs / warmTurns);
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
