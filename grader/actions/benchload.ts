/** Loads what was started: alone, at several numbers of clients, or in turn with another; and says how far it is. */
import { setTimeout as pause } from 'node:timers/promises';
import { type CompareProgress, compare } from '../bench/compare.ts';
import type { ServerExit } from '../bench/death.ts';
import { ServerGone } from '../bench/gone.ts';
import type { LoadProgress } from '../bench/load.ts';
import { measure, type Side } from '../bench/measure.ts';
import type { RunningServer } from '../bench/server.ts';
import { sweep } from '../bench/sweep.ts';
import type { BrokenOff, Comparison, Death, Measurement } from '../bench/types.ts';
import { CraftError } from '../core/errors.ts';
import { count, span, three } from '../report/numbers.ts';
import { plural } from '../report/text.ts';
import type { RunningAt } from './running.ts';

export interface BenchHooks {
  readonly signal: AbortSignal;
  readonly onProgress?: (at: RunningAt) => void;
}

export interface Measured {
  readonly measurements: readonly Measurement[];
  readonly comparison?: Comparison;
  readonly brokenOff?: BrokenOff;
}

/** What was measured until the user, or the end of the server, stopped it. INTERRUPTED when that is nothing. */
export async function loadAlone(
  side: Side,
  clients: readonly number[] | undefined,
  hooks: BenchHooks,
): Promise<Measured> {
  const watched = watchServer(side.server, hooks.signal);
  const tell = teller(hooks);
  try {
    const { signal } = watched;
    const measurements =
      clients === undefined
        ? [await measure(side, { signal, onProgress: (at) => tell(loadText(at)) })]
        : await sweep(clients, side, {
            signal,
            onProgress: (at) =>
              tell(`${at.step} of ${at.steps}, ${plural(at.clients, 'client')}: ${loadText(at)}`),
          });
    const death = await watched.death(measurements.at(-1));
    if (death?.error.code === 'NOT_WRITTEN') throw death.error;
    const last = measurements.at(-1);
    if (last === undefined || last.result.sent === 0) throw death?.error ?? new CraftError('INTERRUPTED');
    if (death === undefined) return { measurements };
    return { measurements: [...measurements.slice(0, -1), { ...last, died: death.died }] };
  } finally {
    watched.end();
  }
}

/** Both in turn, within about `budgetMs`. Where one of them ends, what was measured until then. */
export async function loadBoth(
  own: Side,
  other: Side,
  budgetMs: number | undefined,
  hooks: BenchHooks,
): Promise<Measured> {
  const tell = teller(hooks);
  const both = compare(own, other, {
    signal: hooks.signal,
    onProgress: (at) => tell(turnText(at, at.side === 'own' ? own : other)),
    ...(budgetMs !== undefined && { budgetMs }),
  });
  const compared = await both.catch((error: unknown) => {
    if (error instanceof ServerGone) return error;
    throw error;
  });
  if (compared instanceof ServerGone) return brokenOff(compared, other);
  const { own: measured, ...comparison } = compared;
  // Whole pairs of turns count, also when the user did not wait for the last: but then it says so.
  const result = { ...measured.result, interrupted: hooks.signal.aborted };
  return { measurements: [{ ...measured, result }], comparison };
}

function brokenOff(gone: ServerGone, { target }: Side): Measured {
  if (gone.code === 'NOT_WRITTEN' || gone.own === undefined) throw gone;
  const { message: says, side, exit } = gone;
  const died = deathOf(says, exit);
  return {
    measurements: [side === 'own' ? { ...gone.own, died } : gone.own],
    brokenOff: {
      other: target,
      ...(gone.other !== undefined && { measured: gone.other }),
      ...(side === 'other' && { died }),
    },
  };
}

function deathOf(says: string, { code, signal, output }: ServerExit): Death {
  return { says, exitCode: code, signal, output };
}

/** From the end of a process to the event that tells it, generously. */
const newsMs = 300;

/** A signal that also comes when the server ends: what is left of the load would only meet closed doors. */
function watchServer(server: RunningServer | undefined, signal: AbortSignal) {
  const gone = new AbortController();
  let death: { error: CraftError; died: Death } | undefined;
  let watching = true;
  void server?.exited.then((exit) => {
    const { error } = exit;
    if (!watching || error === null) return;
    death = { error, died: deathOf(error.message, exit) };
    gone.abort();
  });
  return {
    signal: AbortSignal.any([signal, gone.signal]),
    /** The news of its end may come a moment after the last refused connection. */
    death: async (last: Measurement | undefined) => {
      const { refused = 0, resets = 0 } = last?.result.outcomes ?? {};
      const isSuspect = last?.result.interrupted !== false || refused + resets > 0;
      if (death === undefined && server !== undefined && isSuspect && !signal.aborted)
        await Promise.race([server.exited, pause(newsMs, undefined, { ref: false })]);
      return death;
    },
    end: (): void => {
      watching = false;
    },
  };
}

function teller({ onProgress }: BenchHooks): (detail: string) => void {
  return (detail) => onProgress?.({ stage: 'bench', detail });
}

/** `measuring 4.2 of 10 s, 5,330 requests/s, 3 failed` */
export function loadText({ phase, elapsedMs, totalMs, rate, failed }: LoadProgress): string {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const far = `${seconds(elapsedMs)}${totalMs === null ? '' : ` of ${seconds(totalMs)}`} s`;
  const bad = failed === 0 ? '' : `, ${count(failed)} failed`;
  return `${phase} ${far}, ${three(rate)} requests/s${bad}`;
}

function turnText({ round, rounds, elapsedMs, totalMs, load }: CompareProgress, { target }: Side): string {
  const far = totalMs === null ? '' : `, ${span(elapsedMs)} of ${span(totalMs)}`;
  const turn = round === 0 ? 'warm-up' : `turn ${round} of ${rounds}`;
  return `${turn}, ${target.name}${far}, ${three(load.rate)} requests/s`;
}
