/**
 * Who set the limit: the server, the generator, the machine, the number of clients, or the schedule. A figure that the
 * generator or the machine set says nothing about the server but "at least", and must not be read as the server's.
 *
 * Decided by the cores that each used over the window of the measurement: g the busiest generator process, s the
 * server's processes. Measured against single-process servers whose limit was known, these rules were right each time.
 */
import type { Bottleneck, Limit, LoadResult, LoadSpec } from './types.ts';

/** Share of what it can use from which somebody is full: the rest goes to the system's share of the work. */
const full = 0.9;
/** Share of all cores from which the machine is. */
const machineFull = 0.92;
/** Share of the offered rate from which the server kept up. */
const keptUp = 0.98;
/** Cores that are worth a word: the system itself uses some for the connections. */
const otherPrograms = 0.25;
/** Open mode: sends so late that the latency is the generator's, ms and share of the latency's p99. */
const lateMs = 5;
const lateShare = 0.2;
/** So many requests under way keep every server busy that has anything to compute. */
const manyUnderWay = 32;

/** What is known of a measurement when the limit is looked for. */
export interface Evidence {
  readonly result: LoadResult;
  readonly spec: LoadSpec;
  /** CPU time of the server's processes during the measurement; undefined when it is not ours to look at. */
  readonly serverCpuMs: number | undefined;
  /** CPU time of everything on this machine during the measurement; undefined when it is not known. */
  readonly machineCpuMs?: number | undefined;
  /** Of the machine. */
  readonly cores: number;
}

export function findBottleneck(evidence: Evidence): Bottleneck {
  const { result, serverCpuMs, machineCpuMs } = evidence;
  const coresOf = (cpuMs: number | undefined) =>
    cpuMs === undefined || result.ms <= 0 ? null : cpuMs / result.ms;
  const serverCores = coresOf(serverCpuMs);
  const [limit, says, doubtful] = judge({
    ...evidence,
    serverCores,
    generatorCores: result.generator.cores,
    machineCores: coresOf(machineCpuMs),
  });
  return { limit, serverCores, says, doubtful };
}

interface Use extends Evidence {
  readonly serverCores: number | null;
  readonly generatorCores: number;
  readonly machineCores: number | null;
}

type Verdict = readonly [limit: Limit, says: string, doubtful: boolean];

function judge(use: Use): Verdict {
  const { result } = use;
  if (result.outcomes.succeeded === 0)
    return ['unknown', 'no request succeeded, so there is no limit to find', false];
  if (result.offered === null) return whoWasFull(use) ?? nobodyFull(use);
  return tooLate(use) ?? behind(use, result.offered) ?? asOffered(result, result.offered);
}

/** The first of them that explains the figure; undefined when none does. */
function whoWasFull(use: Use): Verdict | undefined {
  const { serverCores, generatorCores } = use;
  if (serverCores !== null && serverCores >= full * coresUsable(serverCores)) {
    return ['server', `the server was the limit: it used ${coreShare(serverCores)}`, false];
  }
  const generator = `the load generator used ${coreShare(generatorCores)}`;
  if (generatorCores >= full) {
    const server = serverCores === null ? '' : ` (it used ${coreShare(serverCores)})`;
    return ['generator', `${generator}: the server may be faster than this number${server}`, true];
  }
  return machineWasFull(use);
}

/** Somebody else's work counts as well: it is the commonest reason for a figure that nobody can explain. */
function machineWasFull({
  serverCores,
  generatorCores,
  machineCores,
  cores,
  spec,
}: Use): Verdict | undefined {
  if (serverCores === null) return undefined;
  const ours = serverCores + generatorCores * Math.min(spec.workers, spec.clients);
  const others = machineCores === null ? 0 : machineCores - ours;
  if (ours + Math.max(0, others) < machineFull * cores) return undefined;
  const machine = `the machine's ${cores === 1 ? 'only core was' : `${cores} cores were`} full`;
  const shares = `the server used ${coreShare(serverCores)}, the load generator ${coreShare(generatorCores)}`;
  const advice =
    others > otherPrograms
      ? `other programs ${coreShare(others)}: measure again when they are quiet`
      : 'with more cores the server may be faster';
  return ['machine', `${machine}: ${shares}${others > otherPrograms ? ', ' : '; '}${advice}`, true];
}

/** Student code runs on one thread; who used more has more. */
function coresUsable(used: number): number {
  return Math.max(1, Math.round(used));
}

function nobodyFull({ serverCores, generatorCores, spec }: Use): Verdict {
  const generator = `the load generator used ${coreShare(generatorCores)}`;
  if (serverCores === null) {
    return ['unknown', `${generator}, so it was not the limit; what the server used is not known`, false];
  }
  const both = `nobody was full: the server used ${coreShare(serverCores)}, ${generator}`;
  const clients = `${spec.clients} client${spec.clients === 1 ? '' : 's'}`;
  return spec.clients * spec.pipeline < manyUnderWay
    ? ['concurrency', `${both}; more than ${clients} may get more out of it`, false]
    : [
        'concurrency',
        `${both}; with ${clients} it waits for something else: a disk, a timer, another server`,
        false,
      ];
}

/** A connection was free and the request left late all the same: that time is in the latency, and not the server's. */
function tooLate(use: Use): Verdict | undefined {
  const { latency, generator } = use.result;
  const { lagP99 } = generator;
  const allowed = Math.min(lateMs, lateShare * (latency?.p99 ?? Number.POSITIVE_INFINITY));
  if (lagP99 <= allowed) return undefined;
  const p99 = latency === null ? '' : ` of a p99 of ${ms(latency.p99)}`;
  const machine = machineWasFull(use)?.[1];
  const why = machine === undefined ? '' : `; ${machine}`;
  return [
    'generator',
    `the load generator sent late (p99 ${ms(lagP99)}${p99}): the latencies are in part its own${why}`,
    true,
  ];
}

function behind(use: Use, offered: number): Verdict | undefined {
  const { result, serverCores, spec } = use;
  if (result.rate >= keptUp * offered) return undefined;
  const figures = `${rate(result.rate)} of the ${rate(offered)} requests/s that were due succeeded`;
  const who = whoWasFull(use);
  if (who !== undefined && who[0] !== 'server') return [who[0], `${figures}; ${who[1]}`, who[2]];
  if (who !== undefined || serverCores === null) {
    const used = serverCores === null ? '' : ` (it used ${coreShare(serverCores)})`;
    return ['server', `the server could not keep up: ${figures}${used}`, false];
  }
  const waits = `it used only ${coreShare(serverCores)}`;
  const clients = `${spec.clients} connection${spec.clients === 1 ? ' is' : 's are'} too few`;
  return [
    'concurrency',
    `the server could not keep up: ${figures}; ${waits}: it waits, or ${clients}`,
    false,
  ];
}

function asOffered({ rate: achieved }: LoadResult, offered: number): Verdict {
  const figures = `${rate(achieved)} of ${rate(offered)} requests/s`;
  return [
    'schedule',
    `the server kept up with the rate that was asked for (${figures}); it may do more`,
    false,
  ];
}

/** `98 % of a core`, `1.7 cores`. */
function coreShare(cores: number): string {
  return cores < 1.5 ? `${Math.round(cores * 100)} % of a core` : `${cores.toFixed(1)} cores`;
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? Math.round(perSecond).toLocaleString('en-US') : perSecond.toFixed(1);
}

function ms(value: number): string {
  return `${Number(value.toPrecision(2))} ms`;
}
