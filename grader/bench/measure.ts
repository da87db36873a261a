/** One load on one server, with what the server used meanwhile, and so who was the limit. */
import { availableParallelism } from 'node:os';
import { findBottleneck } from './limiter.ts';
import { type Load, type LoadProgress, openLoad } from './load.ts';
import { machineCpuMs } from './machine.ts';
import type { RunningServer } from './server.ts';
import { mergeResults } from './turns.ts';
import type { Extent, LoadResult, LoadSpec, Measurement, Target } from './types.ts';

/** What is loaded, and how. */
export interface Side {
  readonly target: Target;
  readonly spec: LoadSpec;
  /** Left out for a server that is not ours: then nobody knows what it uses. */
  readonly server?: RunningServer;
}

export interface MeasureOptions {
  /** Ends it early; what was measured so far is the result. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Opens the connections, warms up, measures, closes. A server that dies or fails is a figure, not an error. */
export async function measure(side: Side, options: MeasureOptions = {}): Promise<Measurement> {
  const load = await openLoad(side.spec, options);
  try {
    await load.warmUp(options);
    return toMeasurement(side, await takeTurn(load, side, side.spec.measure, options));
  } finally {
    await load.close();
  }
}

/** One run of a load that is open and warm. */
export interface Turn {
  readonly result: LoadResult;
  readonly used: Used;
}

/** CPU time in the run, ms; undefined when it is not known. */
export interface Used {
  /** Of the server's processes. */
  readonly server: number | undefined;
  /** Of everything on this machine. */
  readonly machine: number | undefined;
}

export async function takeTurn(
  load: Load,
  { server }: Side,
  extent: Extent,
  options: MeasureOptions,
): Promise<Turn> {
  const now = (): Used => ({ server: server?.cpuMs(), machine: machineCpuMs() });
  const before = now();
  const result = await load.run(extent, options);
  const after = now();
  const machine = result.ms < shortestMs ? undefined : increase(before.machine, after.machine);
  return { result, used: { server: increase(before.server, after.server), machine } };
}

/** In a shorter time the steps of the machine's clock are too coarse. */
const shortestMs = 500;

/** A process that ended took its time with it: less than nothing is not known. */
function increase(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined || after < before ? undefined : after - before;
}

export function toMeasurement({ target, spec }: Side, { result, used }: Turn): Measurement {
  const bottleneck = findBottleneck({
    result,
    spec,
    serverCpuMs: used.server,
    machineCpuMs: used.machine,
    cores: availableParallelism(),
  });
  return { target, spec, result, bottleneck };
}

/** All turns of one side as one measurement. */
export function together(side: Side, turns: readonly Turn[]): Measurement {
  const [first, ...others] = turns.map(({ result }) => result);
  if (first === undefined) throw new RangeError('a comparison has turns');
  // Unknown in one turn, it is unknown of all.
  const total = (whose: keyof Used): number | undefined =>
    turns.reduce<number | undefined>((sum, { used }) => add(sum, used[whose]), 0);
  const result = mergeResults([first, ...others]);
  const spec = { ...side.spec, measure: { ms: Math.round(result.ms) } };
  return toMeasurement(
    { ...side, spec },
    { result, used: { server: total('server'), machine: total('machine') } },
  );
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
