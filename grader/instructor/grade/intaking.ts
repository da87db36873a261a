/** Takes a class in: some submissions at once, each into a folder of its own. */
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { type Candidate, type Intake, type IntakeLimits, takeIn } from '../intake/index.ts';

/** Fetches wait for the network, so there may be more of them than cores. */
const atOnce = 4;

export interface IntakingOptions {
  readonly limits: IntakeLimits;
  readonly signal: AbortSignal;
  onTaken(done: number): void;
}

/** One intake per candidate, in the same order. */
export async function takeInAll(
  candidates: readonly Candidate[],
  folder: string,
  { limits, signal, onTaken }: IntakingOptions,
): Promise<Intake[]> {
  const taken: Intake[] = [];
  const left = candidates.map((candidate, i) => ({ candidate, i }));
  let done = 0;
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      if (signal.aborted) throw new CraftError('INTERRUPTED');
      taken[next.i] = await takeIn(next.candidate, join(folder, String(next.i)), limits, { signal });
      onTaken(++done);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return taken;
}
