/** Runs the gates of one exercise, one at a time: two at once would measure each other. */
import { CraftError, errorCodes, exitCodeOf } from '../core/errors.ts';
import { deriveSeed } from '../core/random.ts';
import type { Build, GateResult } from '../core/types.ts';
import { runAbs } from './abs.ts';
import { runCount } from './count.ts';
import type { Decision } from './decision.ts';
import { runExponent } from './exponent.ts';
import { runHttp } from './http.ts';
import { runRatio } from './ratio.ts';
import { Session, type StartSubject } from './session.ts';
import type { Gate } from './types.ts';

/** What a gate is doing, for a line on the terminal. */
export interface GateProgress {
  readonly gate: string;
  readonly title: string;
  readonly message: string;
}

export interface RunGatesOptions {
  readonly gates: readonly Gate[];
  readonly build: Build;
  /** Folder of the compiled `driver.js`. */
  readonly driverDirectory: string;
  /** Starts the student's build in a fresh process. */
  readonly start: StartSubject;
  /** The run's seed; each round of each gate derives its own. */
  readonly seed: string;
  readonly signal?: AbortSignal;
  /** Where rounds get their empty folders; made when missing. */
  readonly scratchRoot: string;
  readonly onProgress?: (progress: GateProgress) => void;
}

/**
 * One result per gate, in order. A student whose code throws, dies or answers wrongly during a gate fails it, with the
 * same line as in a check. Rejects with INTERRUPTED when `signal` is aborted, and with what was thrown when craft is at fault.
 */
export async function runGates(options: RunGatesOptions): Promise<GateResult[]> {
  const results: GateResult[] = [];
  for (const gate of options.gates) results.push(await runGate(gate, options));
  return results;
}

async function runGate(gate: Gate, options: RunGatesOptions): Promise<GateResult> {
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = performance.now();
  const session = new Session({
    build: options.build,
    driverDirectory: options.driverDirectory,
    start: options.start,
    scratchRoot: options.scratchRoot,
    seed: deriveSeed(options.seed, gate.id),
    signal,
    progress: (message) => options.onProgress?.({ gate: gate.id, title: gate.title, message }),
  });
  try {
    const decision = await judge(gate, session);
    return result(gate, decision, performance.now() - startedAt);
  } finally {
    await session.close();
  }
}

async function judge(gate: Gate, session: Session): Promise<Decision> {
  try {
    session.check();
    return await Promise.race([measure(gate, session), session.stopped]);
  } catch (error) {
    if (!isFaultOfWork(error)) throw error;
    return { outcome: 'failed', measured: null, reason: error.message };
  }
}

function measure(gate: Gate, session: Session): Promise<Decision> {
  switch (gate.kind) {
    case 'count':
      return runCount(gate, session);
    case 'exponent':
      return runExponent(gate, session);
    case 'ratio':
      return gate.transport === 'http' ? runHttp(gate, session) : runRatio(gate, session);
    case 'abs':
      return runAbs(gate, session);
  }
}

/** True for errors whose code says that the student's work failed, wherever they were made. */
function isFaultOfWork(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const code = errorCodes.find((known) => known === error.code);
  return code !== undefined && exitCodeOf(code) === 1;
}

function result(gate: Gate, decision: Decision, ms: number): GateResult {
  const { id, title, kind, limit, reference, advice } = gate;
  const better = gate.kind === 'abs' ? gate.better : 'lower';
  return {
    id,
    title,
    kind,
    limit,
    unit: unitOf(gate),
    better,
    reference,
    advice,
    ...decision,
    ms: Math.round(ms),
  };
}

function unitOf(gate: Gate): string {
  if (gate.kind === 'exponent') return 'exponent';
  if (gate.kind === 'ratio') return `x ${gate.yardstick.name}`;
  return gate.unit;
}

/** For a gate's own `measure`: the work's answer was wrong, so the gate fails with this line. */
export function failGate(summary: string): never {
  throw new CraftError('EXPECTATION', { summary });
}
